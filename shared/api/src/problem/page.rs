//! The page behind a problem's `type`.

use super::Code;

impl Code {
    /// The page `/errors/{code}` as HTML: what it means, why it happens, what to do.
    #[must_use]
    pub fn page(self) -> String {
        let (code, status, title) = (self.as_str(), self.status(), escape(self.title()));
        let (cause, fix) = (escape(self.cause()), escape(self.fix()));
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <title>{title}</title>\n\
             <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;\
             padding:0 1rem}}code{{font-size:.9em}}</style>\n\
             <h1>{title}</h1>\n<p><code>{code}</code>, HTTP {status}</p>\n\
             <h2>Cause</h2>\n<p>{cause}</p>\n<h2>Fix</h2>\n<p>{fix}</p>\n</html>\n"
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
