//! Names that are neither declared nor imported, and members that reach behind the language.

use oxc_ast::ast::{
    AssignmentTargetPropertyIdentifier, AssignmentTargetPropertyProperty, BindingProperty,
    Expression, IdentifierReference, MemberExpression, ObjectProperty, PropertyKey,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::Scoping;
use oxc_span::{GetSpan, Span};

use super::report::Sink;

/// Globals that a template may name: deterministic, and present wherever it runs.
pub(crate) const ALLOWED: &[&str] = &[
    "undefined",
    "NaN",
    "Infinity",
    "Number",
    "String",
    "Boolean",
    "BigInt",
    "Symbol",
    "Array",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "RegExp",
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "EvalError",
    "ReferenceError",
    "URIError",
    "AggregateError",
    "isNaN",
    "isFinite",
    "parseInt",
    "parseFloat",
    "encodeURIComponent",
    "decodeURIComponent",
    "encodeURI",
    "decodeURI",
];

/// Globals of which only members may be named, and only directly.
pub(crate) const NAMESPACES: &[&str] = &["Math", "JSON", "Object"];

/// Clocks, chance, and memory that the garbage collector shares.
const NONDETERMINISTIC: &[&str] = &[
    "Date",
    "Temporal",
    "performance",
    "crypto",
    "Crypto",
    "WeakRef",
    "FinalizationRegistry",
    "Atomics",
    "SharedArrayBuffer",
];

/// Host objects, timers and everything that reads or writes.
const IO: &[&str] = &[
    "console",
    "process",
    "fetch",
    "Request",
    "Response",
    "XMLHttpRequest",
    "WebSocket",
    "EventSource",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "clearTimeout",
    "clearInterval",
    "clearImmediate",
    "queueMicrotask",
    "requestAnimationFrame",
    "window",
    "document",
    "navigator",
    "self",
    "Buffer",
    "Deno",
    "Bun",
    "alert",
    "prompt",
    "confirm",
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "caches",
    "Worker",
    "MessageChannel",
    "postMessage",
    "WebAssembly",
    "print",
    "std",
    "os",
    "scriptArgs",
    "__dirname",
    "__filename",
];

/// Members of `Object` that change or read what plain code cannot, or whose result is `any`.
const OBJECT_MEMBERS: &[&str] = &[
    "create",
    "defineProperty",
    "defineProperties",
    "setPrototypeOf",
    "getPrototypeOf",
    "getOwnPropertyDescriptor",
    "getOwnPropertyDescriptors",
    "getOwnPropertySymbols",
];

/// Members of any object that reach its prototype or its accessors.
const PROTOTYPE_MEMBERS: &[&str] = &[
    "prototype",
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
];

/// Visits every reference and every member access once.
pub(crate) struct Walker<'r, 's> {
    scoping: &'r Scoping,
    sink: &'r mut Sink<'s>,
}

impl<'r, 's> Walker<'r, 's> {
    pub(crate) const fn new(scoping: &'r Scoping, sink: &'r mut Sink<'s>) -> Self {
        Self { scoping, sink }
    }

    /// The name of a global that `expression` is, when nothing in the file declares it.
    fn global<'a>(&self, expression: &Expression<'a>) -> Option<&'a str> {
        let Expression::Identifier(name) = expression.get_inner_expression() else {
            return None;
        };
        self.is_global(name).then(|| name.name.into())
    }

    fn is_global(&self, name: &IdentifierReference<'_>) -> bool {
        let reference = name
            .reference_id
            .get()
            .map(|id| self.scoping.get_reference(id));
        reference.is_none_or(|reference| reference.symbol_id().is_none())
    }

    fn value(&mut self, name: &str, span: Span) {
        let (rule, message, hint) = if ALLOWED.contains(&name) {
            return;
        } else if NAMESPACES.contains(&name) {
            let hint = "call its members directly, such as Math.floor(x)";
            (
                "no-global-alias",
                format!("{name} is used other than through a named member"),
                hint,
            )
        } else if NONDETERMINISTIC.contains(&name) {
            let hint = "draw everything that varies from createSeededRandom(seed)";
            (
                "no-nondeterminism",
                format!("{name} differs from run to run"),
                hint,
            )
        } else if name == "Intl" {
            let hint = "format with toFixed, padStart and template literals";
            ("no-locale", "Intl depends on the locale".to_owned(), hint)
        } else if IO.contains(&name) {
            let hint = "delete it; to refuse a state that cannot be, throw an Error";
            (
                "no-io",
                format!("{name} reaches outside the template"),
                hint,
            )
        } else {
            match name {
                "eval" | "Function" => {
                    let hint = "write the code itself";
                    (
                        "no-dynamic-code",
                        format!("{name} makes code from text"),
                        hint,
                    )
                }
                "globalThis" | "global" | "Proxy" | "Reflect" => {
                    let hint = "use plain objects and the names that you need";
                    (
                        "no-meta-programming",
                        format!("{name} is not allowed"),
                        hint,
                    )
                }
                "require" | "module" | "exports" => {
                    let hint = "write an import statement at the top of the file";
                    ("no-dynamic-import", format!("{name} is not allowed"), hint)
                }
                "Promise" => {
                    let hint = "compute the value directly; a template returns its item at once";
                    ("no-async", "a promise is not allowed".to_owned(), hint)
                }
                "arguments" => {
                    let hint = "name the parameters, or use a typed rest parameter";
                    (
                        "no-any",
                        "the members of arguments are of type any".to_owned(),
                        hint,
                    )
                }
                _ => {
                    let hint = "declare it, import it from the contract, or use plain language";
                    let message = format!("{name} is not a name that a template can use");
                    ("no-unknown-global", message, hint)
                }
            }
        };
        self.sink.add(rule, span, message, hint);
    }

    /// A member that is wrong on every object.
    fn member(&mut self, name: &str, span: Span) {
        if name == "constructor" {
            self.sink.add(
                "no-dynamic-code",
                span,
                "access to a constructor leads to the Function constructor",
                "use the class or the literal itself",
            );
        } else if PROTOTYPE_MEMBERS.contains(&name) {
            self.sink.add(
                "no-meta-programming",
                span,
                format!("{name} is not allowed"),
                "use plain objects, and spread one to extend it",
            );
        } else if name.starts_with("toLocale") || name == "localeCompare" {
            self.sink.add(
                "no-locale",
                span,
                format!("the result of {name} depends on the locale"),
                "use toFixed, padStart, toUpperCase or a comparison with < and >",
            );
        }
    }

    /// A member of one of [`NAMESPACES`].
    fn namespace_member(&mut self, object: &str, name: &str, span: Span) {
        match (object, name) {
            ("Math", "random") => self.sink.add(
                "no-nondeterminism",
                span,
                "Math.random differs from run to run",
                "use createSeededRandom(seed).next() or nextInt(min, maxInclusive)",
            ),
            ("JSON", "parse" | "rawJSON") => self.sink.add(
                "no-json-parse",
                span,
                format!("the result of JSON.{name} is of type any"),
                "write the value as a literal",
            ),
            ("Object", name) if OBJECT_MEMBERS.contains(&name) => self.sink.add(
                "no-meta-programming",
                span,
                format!("Object.{name} is not allowed"),
                "use object literals and spread",
            ),
            _ => {}
        }
    }

    fn key(&mut self, key: &PropertyKey<'_>) {
        if let Some(name) = key.static_name() {
            self.member(&name, key.span());
        }
    }
}

impl<'a> Visit<'a> for Walker<'_, '_> {
    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        if !self.is_global(it) {
            return;
        }
        let flags = it
            .reference_id
            .get()
            .map(|id| self.scoping.get_reference(id).flags());
        let name = it.name.as_str();
        match flags {
            // A type: the compiler knows them all. Only this one stands for "any function".
            Some(flags) if flags.is_type_only() => {
                if name == "Function" {
                    self.sink.add(
                        "no-any",
                        it.span,
                        "the type Function accepts and returns any",
                        "write the function's type, such as (n: number) => string",
                    );
                }
            }
            // `typeof name` as a type: a value is named, none is used.
            Some(flags) if flags.is_value_as_type() && !NAMESPACES.contains(&name) => {}
            _ => self.value(name, it.span),
        }
    }

    fn visit_member_expression(&mut self, it: &MemberExpression<'a>) {
        let Some((span, name)) = it.static_property_info() else {
            walk::walk_member_expression(self, it);
            return;
        };
        self.member(name, span);
        match self.global(it.object()) {
            Some(object) if NAMESPACES.contains(&object) => {
                self.namespace_member(object, name, it.span());
            }
            _ => walk::walk_member_expression(self, it),
        }
    }

    fn visit_binding_property(&mut self, it: &BindingProperty<'a>) {
        self.key(&it.key);
        walk::walk_binding_property(self, it);
    }

    fn visit_assignment_target_property_identifier(
        &mut self,
        it: &AssignmentTargetPropertyIdentifier<'a>,
    ) {
        self.member(it.binding.name.as_str(), it.binding.span);
        walk::walk_assignment_target_property_identifier(self, it);
    }

    fn visit_assignment_target_property_property(
        &mut self,
        it: &AssignmentTargetPropertyProperty<'a>,
    ) {
        self.key(&it.name);
        walk::walk_assignment_target_property_property(self, it);
    }

    fn visit_object_property(&mut self, it: &ObjectProperty<'a>) {
        // In a literal only this key is more than a name: it sets the prototype.
        if it.key.static_name().is_some_and(|name| name == "__proto__") {
            self.member("__proto__", it.key.span());
        }
        walk::walk_object_property(self, it);
    }
}
