//! The body's fields and their rules.

use itemsmith_domain::{
    Digest, Seed,
    ingress::{self, IngressError},
    json::{self, Json, Path},
    limits::{MAX_ATTEMPTS, MAX_MODEL_NAME_CHARS},
};

use super::{Defaults, MAX_BODY_BYTES, NewRequest};
use crate::problem::{Code, Problem};

/// The fields that the body knows.
const FIELDS: [&str; 5] = [
    "structuredItem",
    "seed",
    "maxAttempts",
    "model",
    "debugArtifacts",
];

pub(super) fn parse(body: &[u8], defaults: &Defaults<'_>) -> Result<NewRequest, Problem> {
    if body.len() > MAX_BODY_BYTES {
        let detail = format!("{} bytes, at most {MAX_BODY_BYTES} are taken", body.len());
        return Err(Problem::new(Code::BodyTooLarge).detail(detail));
    }
    let json = json::parse(body).map_err(|error| {
        let detail = format!("{} (byte {})", error.kind, error.offset);
        Problem::new(Code::MalformedJson)
            .detail(detail)
            .pointer(error.pointer)
    })?;
    let Some(members) = json.as_object() else {
        return Err(invalid(
            "",
            format!("the body is a JSON object, not {}", json.kind()),
        ));
    };
    if let Some((unknown, _)) = members
        .iter()
        .find(|(key, _)| !FIELDS.contains(&key.as_str()))
    {
        let pointer = Path::ROOT.key(unknown).to_string();
        return Err(invalid(
            &pointer,
            format!("unknown field; known are {}", FIELDS.join(", ")),
        ));
    }
    let Some(item) = json.get("structuredItem") else {
        return Err(invalid(
            "/structuredItem",
            "this field is required".to_owned(),
        ));
    };
    let seed = seed(json.get("seed"))?;
    let max_attempts = max_attempts(json.get("maxAttempts"))?.unwrap_or(defaults.max_attempts);
    let model = model(json.get("model"))?
        .unwrap_or(defaults.model)
        .to_owned();
    let debug = debug(json.get("debugArtifacts"))?;
    let item = ingress::inspect(item).map_err(|error| not_accepted(&error))?;
    let body_hash = body_hash(members, &item.canonical_hash);
    Ok(NewRequest {
        seed,
        allowed_widgets: item.allowed_widgets,
        source_text: item.source_context,
        structured_item: item.compact,
        canonical_hash: item.canonical_hash,
        model,
        max_attempts,
        debug,
        body_hash,
        warnings: item.warnings,
    })
}

/// The digest of the body's canonical JSON with the item replaced by its own digest: equal bodies
/// are equal either way, and the item, nearly all of the body, is not written and hashed twice.
fn body_hash(members: &[(String, Json)], item: &Digest) -> Digest {
    let short = members.iter().map(|(key, value)| {
        let value = match key.as_str() {
            "structuredItem" => Json::String(item.to_string()),
            _ => value.clone(),
        };
        (key.clone(), value)
    });
    Json::Object(short.collect()).canonical_hash()
}

fn invalid(pointer: &str, detail: String) -> Problem {
    Problem::new(Code::InvalidRequest)
        .detail(detail)
        .pointer(pointer)
}

/// The seed; `null` counts as absent, as for every optional field.
fn seed(value: Option<&Json>) -> Result<Seed, Problem> {
    let detail = match value {
        None | Some(Json::Null) => return Ok(Seed::default()),
        Some(Json::String(text)) => match text.parse::<Seed>() {
            Ok(seed) => return Ok(seed),
            Err(error) => error.to_string(),
        },
        Some(Json::Number(_)) => {
            "a seed is a JSON string: a number above 2^53 would be changed on its way".to_owned()
        }
        Some(other) => format!("a seed is a string of decimal digits, not {}", other.kind()),
    };
    Err(Problem::new(Code::InvalidSeed)
        .detail(detail)
        .pointer("/seed"))
}

fn max_attempts(value: Option<&Json>) -> Result<Option<u32>, Problem> {
    let number = match value {
        None | Some(Json::Null) => return Ok(None),
        Some(value) => value.as_integer().and_then(|n| u32::try_from(n).ok()),
    };
    match number {
        Some(number @ 1..=MAX_ATTEMPTS) => Ok(Some(number)),
        _ => {
            let detail = format!("a whole number from 1 to {MAX_ATTEMPTS}");
            Err(invalid("/maxAttempts", detail))
        }
    }
}

fn model(value: Option<&Json>) -> Result<Option<&str>, Problem> {
    let name = match value {
        None | Some(Json::Null) => return Ok(None),
        Some(value) => value.as_str(),
    };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:/@+-".contains(&b);
    match name {
        Some(name)
            if (1..=MAX_MODEL_NAME_CHARS).contains(&name.len()) && name.bytes().all(allowed) =>
        {
            Ok(Some(name))
        }
        _ => {
            let detail = format!(
                "a model's name: 1 to {MAX_MODEL_NAME_CHARS} letters, digits and . _ : / @ + -"
            );
            Err(invalid("/model", detail))
        }
    }
}

fn debug(value: Option<&Json>) -> Result<bool, Problem> {
    match value {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(value)) => Ok(*value),
        Some(other) => Err(invalid(
            "/debugArtifacts",
            format!("true or false, not {}", other.kind()),
        )),
    }
}

fn not_accepted(error: &IngressError) -> Problem {
    let code = match error {
        IngressError::UnknownWidget { .. } => Code::UnknownWidget,
        IngressError::TooManyWidgetTypes { .. } => Code::TooManyWidgetTypes,
        IngressError::TooLarge { .. } => Code::ItemTooLarge,
        _ => Code::InvalidItem,
    };
    let pointer = format!("/structuredItem{}", error.pointer());
    Problem::new(code)
        .detail(error.to_string())
        .pointer(pointer)
}
