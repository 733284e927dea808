//! Everything the cloud provides, on one machine, and the command line.
