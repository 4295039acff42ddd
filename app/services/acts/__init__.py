"""Acts that are applied for, each through the hands its plan prescribes."""
