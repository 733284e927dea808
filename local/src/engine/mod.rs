//! A small event engine that speaks Inngest's own protocol, for one machine.
