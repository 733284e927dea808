//! Strong entity tags and conditional reads (RFC 9110, sections 8.8.3 and 13.1.2).

use itemsmith_domain::Digest;

/// A strong entity tag of bytes whose digest is known: the digest in quotes.
#[must_use]
pub fn of_digest(digest: &Digest) -> String {
    format!("\"{digest}\"")
}

/// A strong entity tag of a body.
#[must_use]
pub fn of_body(body: &[u8]) -> String {
    of_digest(&Digest::of(body))
}

/// Whether `If-None-Match` says that the client has it already: answer 304 then.
///
/// Several headers of the name are one list, joined by commas. Weak and strong tags compare equal
/// here, as the RFC asks for this header. A malformed list matches nothing.
#[must_use]
pub fn matches(if_none_match: Option<&str>, etag: &str) -> bool {
    let Some(list) = if_none_match.map(str::trim) else {
        return false;
    };
    if list == "*" {
        return true;
    }
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return false;
        }
        let tag = rest.strip_prefix("W/").unwrap_or(rest);
        let Some((opaque, after)) = tag.strip_prefix('"').and_then(|t| t.split_once('"')) else {
            return false;
        };
        if etag.strip_prefix('"').and_then(|own| own.strip_suffix('"')) == Some(opaque) {
            return true;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, of_body};

    #[test]
    fn a_list_matches_any_of_its_tags() {
        let tag = "\"abc\"";
        let hits = [
            "\"abc\"",
            "*",
            "W/\"abc\"",
            "\"x\", \"abc\"",
            "\"a,b\",\"abc\"",
            " , \"abc\" ",
        ];
        for list in hits {
            assert!(matches(Some(list), tag), "{list}");
        }
        for list in [
            "",
            "abc",
            "\"ab\"",
            "\"abc",
            "\"x\" \"",
            "\"ABC\"",
            "x, \"abc\"",
        ] {
            assert!(!matches(Some(list), tag), "{list}");
        }
        assert!(!matches(None, tag));
    }

    #[test]
    fn a_tag_depends_on_the_body_alone() {
        assert_eq!(of_body(b"a"), of_body(b"a"));
        assert_ne!(of_body(b"a"), of_body(b"b"));
    }
}
