//! Answers as JSON.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    connection::{Field, Outcome},
    value::decoded,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldJson<'a> {
    name: &'a str,
    #[serde(rename = "dataTypeID")]
    type_oid: u32,
    #[serde(rename = "tableID")]
    table_oid: u32,
    #[serde(rename = "columnID")]
    column_id: i16,
    data_type_size: i16,
    data_type_modifier: i32,
    format: &'static str,
}

impl<'a> From<&'a Field> for FieldJson<'a> {
    fn from(field: &'a Field) -> Self {
        Self {
            name: &field.name,
            type_oid: field.type_oid,
            table_oid: field.table_oid,
            column_id: field.column_id,
            data_type_size: field.type_size,
            data_type_modifier: field.type_modifier,
            format: "text",
        }
    }
}

/// One statement's answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnswerJson<'a> {
    command: &'a str,
    row_count: Option<u64>,
    rows: Rows<'a>,
    fields: Vec<FieldJson<'a>>,
    row_as_array: bool,
}

/// Rows in the form that was asked for.
enum Rows<'a> {
    /// As they came, which costs nothing.
    Text(&'a [Vec<Option<String>>]),
    Built(Vec<Value>),
}

impl Serialize for Rows<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(rows) => rows.serialize(serializer),
            Self::Built(rows) => rows.serialize(serializer),
        }
    }
}

/// The answer in the form that the headers ask for.
pub(super) fn answer(outcome: &Outcome, raw_text: bool, array_mode: bool) -> AnswerJson<'_> {
    let rows = if raw_text && array_mode {
        Rows::Text(&outcome.rows)
    } else {
        let build = |row: &Vec<Option<String>>| built(row, &outcome.fields, raw_text, array_mode);
        Rows::Built(outcome.rows.iter().map(build).collect())
    };
    let (command, row_count) = command(&outcome.tag);
    AnswerJson {
        command,
        row_count,
        rows,
        fields: outcome.fields.iter().map(FieldJson::from).collect(),
        row_as_array: array_mode,
    }
}

fn built(row: &[Option<String>], fields: &[Field], raw_text: bool, array_mode: bool) -> Value {
    let value = |(text, field): (&Option<String>, &Field)| match text {
        None => Value::Null,
        Some(text) if raw_text => Value::String(text.clone()),
        Some(text) => decoded(text, field.type_oid),
    };
    let values = row.iter().zip(fields).map(value);
    if array_mode {
        return Value::Array(values.collect());
    }
    let names = fields.iter().map(|field| field.name.clone());
    Value::Object(names.zip(values).collect::<Map<_, _>>())
}

/// `INSERT 0 5` is the command INSERT with five rows; `CREATE TABLE` has no count.
fn command(tag: &str) -> (&str, Option<u64>) {
    let name = tag.split(' ').next().unwrap_or_default();
    let last = tag.rsplit(' ').next();
    (name, last.and_then(|count| count.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn a_tag_is_a_command_and_perhaps_a_count() {
        assert_eq!(command("INSERT 0 5"), ("INSERT", Some(5)));
        assert_eq!(command("SELECT 3"), ("SELECT", Some(3)));
        assert_eq!(command("CREATE TABLE"), ("CREATE", None));
        assert_eq!(command(""), ("", None));
    }
}
