ARG PYTHON_VERSION=3.11

FROM python:${PYTHON_VERSION}-slim-bookworm AS build
COPY requirements/service.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt \
    && /opt/venv/bin/pip uninstall --yes pip setuptools

# What the image will hold, in CycloneDX; the tool that writes it stays out of the image.
FROM build AS bill
COPY requirements/audit.txt pyproject.toml /tmp/
RUN python -m venv /opt/audit \
    && /opt/audit/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/audit.txt \
    && /opt/audit/bin/cyclonedx-py environment --pyproject /tmp/pyproject.toml --output-reproducible \
        --output-file /tmp/sbom.json /opt/venv/bin/python

FROM python:${PYTHON_VERSION}-slim-bookworm
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY gunicorn.conf.py ./
COPY models/*.py models/
COPY models/inspection/ models/inspection/
COPY service/ service/
COPY --from=bill /tmp/sbom.json ./
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MODEL_STORE=/models \
    SERVICE_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["python", "-m", "service"]
CMD ["serve"]
