//! The shape of MathML fragments.

/// The elements of presentation MathML (W3C MathML 3, chapter 3). A player puts the fragment into
/// its page, so nothing else may come in with it.
const ELEMENTS: [&str; 41] = [
    "maction",
    "maligngroup",
    "malignmark",
    "menclose",
    "merror",
    "mfenced",
    "mfrac",
    "mglyph",
    "mi",
    "mlabeledtr",
    "mlongdiv",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "ms",
    "mscarries",
    "mscarry",
    "msgroup",
    "msline",
    "mspace",
    "msqrt",
    "msrow",
    "mstack",
    "mstyle",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
    "none",
    "semantics",
];

/// Whether an attribute runs or loads something.
fn is_active(attribute: &str) -> bool {
    let name = attribute.to_ascii_lowercase();
    name.starts_with("on") || ["href", "xlink:href", "src", "style"].contains(&name.as_str())
}

/// The names of a tag's attributes.
fn attributes(tag: &str) -> impl Iterator<Item = &str> {
    // Every second piece is the inside of a quoted value, which may hold anything.
    let outside = tag.split(['"', '\'']).step_by(2);
    outside
        .flat_map(|piece| piece.split([' ', '\t', '\r', '\n', '/']))
        .filter_map(|word| word.split('=').next())
        .filter(|name| !name.is_empty())
        .skip(1)
}

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
        if !ELEMENTS.contains(&name) {
            return Some("the MathML holds an element that presentation MathML does not know");
        }
        if attributes(tag.trim_start_matches('/')).any(is_active) {
            return Some("the MathML holds an attribute that runs or loads something");
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
            "<mstyle mathcolor=\"#c00\" scriptlevel='+1'><mi>on</mi></mstyle>",
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
            "<script>1</script>",
            "<mrow><img src=\"x\"/></mrow>",
            "<mi onclick=\"f()\">x</mi>",
            "<mi\thref='javascript:f()'>x</mi>",
            "<mspace width=\"1\"onload=\"f()\"/>",
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
