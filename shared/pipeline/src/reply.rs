//! The code in a model's reply, or what is wrong with the reply.

use itemsmith_domain::{Finding, Phase, finding::REPLY_CODE, limits::MAX_RESPONSE_BYTES};

use crate::ports::{FinishReason, Reply};

/// The code of a reply: the first TypeScript fence, else the whole reply.
///
/// # Errors
/// A finding that names the reply empty, cut off, refused or oversize. The attempt is then
/// failed without a check.
pub fn code_of(reply: &Reply) -> Result<String, Box<Finding>> {
    let wrong = |rule: &str, message: &str| {
        Err(Box::new(Finding::unplaced(
            Phase::Reply,
            rule,
            REPLY_CODE,
            message,
        )))
    };
    match reply.finish {
        FinishReason::Refused => {
            return wrong("refused-reply", "the model refused to answer");
        }
        FinishReason::Length => {
            return wrong(
                "truncated-reply",
                "the reply ran into the model's token limit and is cut off; write less",
            );
        }
        FinishReason::Oversize => {
            let message =
                format!("the reply is larger than {MAX_RESPONSE_BYTES} bytes; write less");
            return wrong("oversize-reply", &message);
        }
        FinishReason::Stop | FinishReason::Other(_) => {}
    }
    let code = code_in(&reply.text);
    if code.trim().is_empty() {
        return wrong(
            "empty-reply",
            "the reply holds no code; answer with the template alone",
        );
    }
    let mut code = code.to_owned();
    if !code.ends_with('\n') {
        code.push('\n');
    }
    Ok(code)
}

/// The text that is taken as code, whatever it is worth.
#[must_use]
pub fn code_in(reply: &str) -> &str {
    fenced(reply).unwrap_or_else(|| reply.trim())
}

/// The inside of the first fence that says TypeScript; without a closing fence, to the end.
fn fenced(reply: &str) -> Option<&str> {
    let mut open: Option<(usize, usize)> = None;
    let mut at = 0;
    for line in reply.split_inclusive('\n') {
        let text = line.trim();
        let ticks = text.bytes().take_while(|b| *b == b'`').count();
        match open {
            None if ticks >= 3 && says_typescript(&text[ticks..]) => {
                open = Some((ticks, at + line.len()));
            }
            Some((fence, start)) if ticks >= fence && ticks == text.len() => {
                return Some(&reply[start..at]);
            }
            _ => {}
        }
        at += line.len();
    }
    open.map(|(_, start)| &reply[start..])
}

fn says_typescript(info: &str) -> bool {
    let word = info.split_ascii_whitespace().next().unwrap_or_default();
    word.eq_ignore_ascii_case("typescript") || word.eq_ignore_ascii_case("ts")
}

#[cfg(test)]
mod tests {
    use super::code_of;
    use crate::ports::{FinishReason, Reply};

    fn reply(text: &str, finish: FinishReason) -> Reply {
        Reply {
            text: text.to_owned(),
            finish,
        }
    }

    fn code(text: &str) -> String {
        code_of(&reply(text, FinishReason::Stop)).expect("code")
    }

    #[test]
    fn takes_the_first_typescript_fence() {
        assert_eq!(
            code("Here:\n```typescript\nlet a = 1\n```\nbye"),
            "let a = 1\n"
        );
        assert_eq!(code("```TypeScript\na\n```\n```typescript\nb\n```"), "a\n");
        assert_eq!(code("```json\n{}\n```\n```TS title=x\r\na\r\n```"), "a\r\n");
        assert_eq!(
            code("````typescript\nx = `\n```\n`\n````"),
            "x = `\n```\n`\n"
        );
    }

    #[test]
    fn takes_an_unclosed_fence_to_its_end() {
        assert_eq!(code("```ts\nlet a = 1"), "let a = 1\n");
    }

    #[test]
    fn takes_the_whole_reply_without_one() {
        assert_eq!(code("\n\nexport default 1\n"), "export default 1\n");
        assert_eq!(code("```tsx\na\n```"), "```tsx\na\n```\n");
    }

    #[test]
    fn names_what_is_wrong() {
        let cases = [
            ("", FinishReason::Stop, "empty-reply"),
            (" \n", FinishReason::Other("eos".to_owned()), "empty-reply"),
            ("```typescript\n```", FinishReason::Stop, "empty-reply"),
            (
                "```typescript\nlet a",
                FinishReason::Length,
                "truncated-reply",
            ),
            ("I cannot", FinishReason::Refused, "refused-reply"),
            ("x", FinishReason::Oversize, "oversize-reply"),
        ];
        for (text, finish, rule) in cases {
            let finding = code_of(&reply(text, finish)).expect_err(rule);
            assert_eq!(finding.rule.as_deref(), Some(rule));
            assert_eq!(finding.ts_code, 9003);
        }
    }
}
