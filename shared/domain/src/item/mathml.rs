//! The shape of MathML fragments.

/// What is wrong with the inside of a `<math>`; none when nothing is.
pub(super) fn fault(mathml: &str) -> Option<&'static str> {
    if !mathml.starts_with('<') || !mathml.ends_with('>') {
        return Some("MathML starts with < and ends with >");
    }
    let mut open: Vec<&str> = Vec::new();
    let mut rest = mathml;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let Some(end) = tag_end(rest) else {
            return Some("a tag of the MathML is not closed");
        };
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        let name = tag.trim_start_matches('/').trim_end_matches('/');
        let name = name
            .split([' ', '\t', '\r', '\n'])
            .next()
            .unwrap_or_default();
        if !name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) {
            return Some("the MathML holds a tag without a name");
        }
        if name == "math" {
            return Some("give only the inside of <math>, without <math> itself");
        }
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return Some("the tags of the MathML do not match");
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    if open.is_empty() {
        None
    } else {
        Some("the tags of the MathML do not match")
    }
}

/// Where the tag's `>` is, outside its quoted attribute values.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (index, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(index),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    None
}

/// How a fragment reads: the bare characters when it is a plain row of numbers, letters and signs,
/// else the markup itself, because `<mfrac>` means more than its digits.
pub(super) fn reading(mathml: &str) -> String {
    const PLAIN: [&str; 5] = ["mn", "mi", "mo", "mrow", "mtext"];
    let mut out = String::new();
    for piece in mathml.split('<') {
        let Some((tag, text)) = piece.split_once('>') else {
            out.push_str(piece);
            continue;
        };
        let name = tag.trim_start_matches('/');
        let name = name.split_ascii_whitespace().next().unwrap_or_default();
        if !PLAIN.contains(&name) {
            return mathml.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        out.push_str(text.trim());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{fault, reading};

    #[test]
    fn only_the_balanced_inside_of_math_passes() {
        let good = [
            "<mn>1,800</mn><mo>+</mo><mn>40</mn>",
            "<mfrac><mn>1</mn><mn>2</mn></mfrac>",
            "<mspace width=\"1em\"/><mi>x</mi>",
            "<mo fence='>'>|</mo>",
        ];
        for mathml in good {
            assert_eq!(fault(mathml), None, "{mathml}");
        }
        let bad = [
            "",
            "5",
            "x<mn>5</mn>",
            "<mn>5</mn> cm",
            "<math><mn>5</mn></math>",
            "<mn>5<mn>",
            "<mn>5</mi>",
            "<mn>5</mn></mrow>",
            "<>",
            "<mn",
            "<mn>5</mn><mi\">",
            "< mn>5</mn>",
        ];
        for mathml in bad {
            assert!(fault(mathml).is_some(), "{mathml}");
        }
    }

    #[test]
    fn a_plain_row_reads_like_text_and_structure_stays() {
        assert_eq!(reading("<mn>3</mn><mo> + </mo><mi>x</mi>"), "3+x");
        assert_ne!(
            reading("<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
            reading("<msup><mn>1</mn><mn>2</mn></msup>")
        );
    }
}
