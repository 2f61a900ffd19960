"""What the server that trials are forked from imports beforehand, as it takes seconds: TensorFlow, Keras and the trial.

It only imports. An operation of TensorFlow would start threads, and a process that has those must not be forked.
"""

from training.quiet import quiet_stderr

with quiet_stderr():  # TensorFlow talks while it is imported, into the middle of a table
    from training.search import trial

__all__ = ["trial"]
