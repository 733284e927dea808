//! State at the top level of the module.

use oxc_semantic::Scoping;

use super::report::Sink;

pub(crate) fn check(scoping: &Scoping, sink: &mut Sink<'_>) {
    for (name, symbol) in scoping.get_bindings(scoping.root_scope_id()) {
        let flags = scoping.symbol_flags(*symbol);
        if flags.is_value() && scoping.symbol_is_mutated(*symbol) {
            sink.add(
                "no-mutable-module-state",
                scoping.symbol_span(*symbol),
                format!("{name} stands at the top level and is assigned again"),
                "make it a const, or move it into the function that changes it",
            );
        }
    }
}
