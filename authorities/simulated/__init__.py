"""The simulated brands: real certificate authorities whose people alone are simulated."""
