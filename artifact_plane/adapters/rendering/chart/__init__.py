"""The renderer `chart`: the charts that a meaning holds, as SVG or PNG."""
