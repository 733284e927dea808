//! Placeholders: `{{name}}` in a section file.

/// `template` with every placeholder replaced, in one pass: what is put in is never read again,
/// so that an item holding `{{findings}}` stays an item. An unknown placeholder stays as it is.
pub fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let value = after[2..].find("}}").and_then(|end| {
            let name = &after[2..2 + end];
            let value = values.iter().find(|(n, _)| *n == name)?;
            Some((value.1.as_str(), 2 + end + 2))
        });
        match value {
            Some((value, length)) => {
                out.push_str(value);
                rest = &after[length..];
            }
            None => {
                out.push_str("{{");
                rest = &after[2..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn replaces_once_and_never_reads_what_it_put_in() {
        let values = [("a", "{{b}}".to_owned()), ("b", "2".to_owned())];
        assert_eq!(
            fill("x {{a}} {{b}} {{c}} {{a", &values),
            "x {{b}} 2 {{c}} {{a"
        );
    }
}
