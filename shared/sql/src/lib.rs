//! Every SQL statement as a value with its row decoder, and the SQL-over-HTTP wire.
