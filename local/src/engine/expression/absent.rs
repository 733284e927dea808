//! Fields that an event does not have, compared with a literal: Inngest takes them for null, where
//! CEL alone takes the whole expression for an error. So `event.data.test != true` holds for
//! events that know no `test`. Two absent fields compared with each other stay an error, which
//! does not hold: events that both lack an id are not about the same thing.

use std::{collections::HashMap, sync::Arc};

use cel::{
    IdedExpr, Value,
    common::ast::{Expr, operators},
    objects::{Key, Map},
};

/// A field: the variable, then the names that lead to it.
pub(super) type Path = Vec<String>;

/// The fields that the expression compares with literals.
pub(super) fn compared_with_literals(expression: &IdedExpr) -> Vec<Path> {
    let mut paths = Vec::new();
    collect(expression, &mut paths);
    paths
}

fn collect(expression: &IdedExpr, paths: &mut Vec<Path>) {
    let Expr::Call(call) = &expression.expr else {
        return;
    };
    if matches!(&*call.func_name, operators::EQUALS | operators::NOT_EQUALS)
        && let [left, right] = call.args.as_slice()
    {
        let literal = |side: &IdedExpr| matches!(side.expr, Expr::Literal(_));
        let field = match (literal(left), literal(right)) {
            (true, false) => path(right),
            (false, true) => path(left),
            _ => None,
        };
        paths.extend(field);
    }
    for argument in &call.args {
        collect(argument, paths);
    }
}

/// The path of `a.b.c`; nothing for any other expression, and for the variable alone.
fn path(expression: &IdedExpr) -> Option<Path> {
    let Expr::Select(select) = &expression.expr else {
        return None;
    };
    let mut path = match &select.operand.expr {
        Expr::Ident(variable) => vec![variable.clone()],
        _ => path(&select.operand)?,
    };
    path.push(select.field.clone());
    Some(path)
}

/// The value with null in the field that these names lead to, unless there is one already.
pub(super) fn with_null(value: &Value, names: &[String]) -> Value {
    let Some((name, rest)) = names.split_first() else {
        return value.clone();
    };
    let mut fields: HashMap<Key, Value> = match value {
        Value::Map(map) => (*map.map).clone(),
        Value::Null => HashMap::new(),
        // A number has no fields, and gets none.
        other => return other.clone(),
    };
    let key = Key::String(Arc::new(name.clone()));
    let field = fields.get(&key).unwrap_or(&Value::Null);
    let field = with_null(field, rest);
    fields.insert(key, field);
    Value::Map(Map {
        map: Arc::new(fields),
    })
}
