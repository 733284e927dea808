//! The canonical form of a JSON text (RFC 8785): keys sorted by UTF-16, numbers as JavaScript
//! writes them, no white space.
//!
//! Read as JavaScript reads it, since that is who signs: a number is the nearest double, the last
//! of several equal keys counts, and half of a surrogate pair is a character. Nothing of this is
//! what `serde_json`'s values keep, so the text is taken apart here. Strings stay where they are
//! until they are written.

mod read;
mod write;

/// The canonical form; `None` if the bytes are not JSON (or nest deeper than 127 levels).
///
/// Bytes that are not UTF-8 become U+FFFD and a byte order mark is skipped, as in a `Request`'s
/// `text()`.
pub(crate) fn canonical(json: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(json);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let node = read::read(text)?;
    let mut canonical = String::with_capacity(text.len());
    write::write(&mut canonical, &node);
    Some(canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        assert_eq!(canonical(json.as_bytes()).as_deref(), Some(expected));
    }

    #[test]
    fn numbers_are_written_as_javascript_does() {
        check(
            "[333333333.3333333, 1E30, 4.50, 2e-3, 0.000000000000000000000000001, -0, 1e21, 1e20]",
            "[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21,100000000000000000000]",
        );
        check(
            "[9007199254740993, 1e-6, 1e-7, -1.5, 123456.789, -0.0, 1e400, -1e400]",
            "[9007199254740992,0.000001,1e-7,-1.5,123456.789,0,null,null]",
        );
        // Halfway between two shortest forms: the even one.
        check(
            "[2112511889712852.25, 2112511889712852.75, 5e-324, 9007199254740993.5]",
            "[2112511889712852.2,2112511889712852.8,5e-324,9007199254740994]",
        );
        // The nearest double, where a quick reader is off by the last digit.
        check(
            "[1.7976931348623157e308, 5e-324, 123456789012345678901234567890, 0.1e-6, 8.41e21]",
            "[1.7976931348623157e+308,5e-324,1.2345678901234568e+29,1e-7,8.41e+21]",
        );
    }

    #[test]
    fn keys_are_sorted_by_utf_16() {
        // U+1F600 sorts before U+FB33 by its first surrogate, though not by code point.
        check(
            "{\"\u{fb33}\": 1, \"\u{1f600}\": 2, \"a\": {\"d\": 3, \"c\": 4}}",
            "{\"a\":{\"c\":4,\"d\":3},\"\u{1f600}\":2,\"\u{fb33}\":1}",
        );
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        check(
            r#"{"b":1,"\u0061":2,"a":{"x":[]},"b":[3],"b":4}"#,
            r#"{"a":{"x":[]},"b":4}"#,
        );
    }

    #[test]
    fn strings_are_escaped_no_more_than_needed() {
        check(
            r#""\u20ac$\u000f\u000aA'\u0042\"\\\/\b\f\r\t""#,
            r#""€$\u000f\nA'B\"\\/\b\f\r\t""#,
        );
        check("\"\u{7f}\u{2028}\u{1f600}\"", "\"\u{7f}\u{2028}\u{1f600}\"");
    }

    #[test]
    fn half_a_pair_stays_half_and_two_halves_become_one() {
        check(
            r#"["\ud83d\ude00", "\uD83D", "\ude00\ud83d", "\ud83dx"]"#,
            r#"["😀","\ud83d","\ude00\ud83d","\ud83dx"]"#,
        );
    }

    #[test]
    fn bytes_are_read_as_a_request_reads_them() {
        let canonical = |bytes: &[u8]| canonical(bytes);
        assert_eq!(canonical(b"\xef\xbb\xbf [1]").as_deref(), Some("[1]"));
        assert_eq!(canonical(b"\"a\xff\"").as_deref(), Some("\"a\u{fffd}\""));
    }

    #[test]
    fn what_is_not_json_has_no_form() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "[,1]",
            "{\"a\":1,}",
            "{,}",
            "{a:1}",
            "[1 2]",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "NaN",
            "nul",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"",
            "1 1",
            "\u{a0}1",
            "{\"a\" 1}",
            "\"\\",
        ] {
            assert_eq!(canonical(text.as_bytes()), None, "{text}");
        }
        assert_eq!(canonical(&[b'['; 100_000]), None);
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(canonical(deep(127).as_bytes()).is_some());
        assert!(canonical(deep(128).as_bytes()).is_none());
    }
}
