//! One file a model; see `MODELS` in the parent room.
