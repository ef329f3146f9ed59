"""The renderer `process`: the steps that a meaning holds, as a diagram with a lane for each role."""
