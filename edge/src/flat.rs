//! Header fields in one string, so that they cross into Wasm in one copy.

use itemsmith_steps::Headers;

/// Fields as `name LF value LF`, again and again. Neither holds a line feed: HTTP forbids it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flat(pub String);

impl Flat {
    /// The fields.
    #[must_use]
    pub fn headers(&self) -> Headers {
        let mut headers = Headers::new();
        let mut lines = self.0.split('\n');
        while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
            headers.append(name, value);
        }
        headers
    }
}

impl From<&Headers> for Flat {
    fn from(headers: &Headers) -> Self {
        let mut flat = String::new();
        for (name, value) in headers.iter() {
            // A field that would forge another one is left out.
            if name.contains('\n') || value.contains(['\n', '\r']) {
                continue;
            }
            flat.push_str(name);
            flat.push('\n');
            flat.push_str(value);
            flat.push('\n');
        }
        Self(flat)
    }
}

#[cfg(test)]
mod tests {
    use itemsmith_steps::Headers;

    use super::Flat;

    #[test]
    fn goes_there_and_back() {
        let headers: Headers = [("a", "1"), ("b", ""), ("a", "2: x")].into_iter().collect();
        let flat = Flat::from(&headers);
        assert_eq!(flat.0, "a\n1\nb\n\na\n2: x\n");
        assert_eq!(flat.headers(), headers);
        assert_eq!(Flat::default().headers(), Headers::new());
    }

    #[test]
    fn a_value_cannot_forge_a_field() {
        let headers: Headers = [("a", "1\nset-cookie\nx"), ("b", "2")]
            .into_iter()
            .collect();
        assert_eq!(Flat::from(&headers).0, "b\n2\n");
    }
}
