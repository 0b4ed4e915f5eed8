"""TensorFlow's own forms: SavedModel, checkpoints, graphs, TensorFlow Lite and TensorFlow.js."""
