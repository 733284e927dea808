//! Policy rules on the syntax tree.
