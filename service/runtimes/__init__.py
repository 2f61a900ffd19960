"""What executes versions: ONNX Runtime by default, TensorFlow where it is asked for or needed."""
