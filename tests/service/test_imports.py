"""The service runs without TensorFlow."""

import subprocess
import sys


def test_the_service_imports_neither_tensorflow_nor_keras_nor_training():
    program = (
        "import sys, service.wsgi, service.app;"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'tensorflow', 'keras', 'training'}))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
