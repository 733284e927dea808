//! What to do about the type errors that templates make most often.

/// A hint for `code`, where a short one is nearly always right.
pub fn hint(code: u32, message: &str) -> Option<&'static str> {
    let about = |part: &str| message.contains(part);
    match code {
        4104 => Some(COPY),
        2322 | 2345 | 2740 if about("'readonly") && about("mutable") => Some(COPY),
        2322 | 2345 if about("to type 'undefined'") => {
            Some("Say what the list holds: `new Array<number>(n)`, or `const list: number[] = []`.")
        }
        2531 | 2532 | 2533 | 18047 | 18048 | 18049 => Some(
            "Test the value first, or give a fallback with `??`; the assertion `!` is not allowed.",
        ),
        // Removing the seed would be the wrong cure; the policy's own finding tells the right one.
        6133 if about("'seed'") => None,
        6133 | 6192 | 6196 | 6198 | 6199 => Some("Remove what is not used."),
        2307 | 2591 | 2792 if about("module") || about("'node:") => {
            Some("Import only the modules that the contract offers.")
        }
        2304 | 2552 | 2580 | 2583 | 2584 | 2585 | 2591
            if GONE.iter().any(|name| about(&format!("'{name}'"))) =>
        {
            Some(
                "There is no clock, network, host or process here: everything comes from the seed.",
            )
        }
        2550 => Some(
            "The library here leaves it out: write it with what every array, string and map has.",
        ),
        2339 if about("'random'") => {
            Some("Draw numbers from `createSeededRandom(seed)`; there is no `Math.random`.")
        }
        2365 | 2736 | 2737 if about("bigint") => {
            Some("The seed is a bigint: do not mix it with numbers, draw numbers from the helper.")
        }
        _ => None,
    }
}

const COPY: &str = "Copy the readonly list into a mutable one: `[...list]`.";

/// Names that TypeScript's own library has and the contract's leaves out.
const GONE: [&str; 12] = [
    "Date",
    "Promise",
    "Intl",
    "Proxy",
    "fetch",
    "console",
    "process",
    "require",
    "setTimeout",
    "performance",
    "crypto",
    "window",
];

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn the_commonest_error_is_told_how_to_copy() {
        let message = "The type 'readonly [1]' is 'readonly' and cannot be assigned to the mutable type 'number[]'.";
        assert!(hint(4104, message).is_some_and(|hint| hint.contains("[...list]")));
        assert!(hint(2304, "Cannot find name 'Date'.").is_some_and(|hint| hint.contains("seed")));
        assert_eq!(hint(2304, "Cannot find name 'colour'."), None);
        let message = "Type 'number' is not assignable to type 'undefined'.";
        assert!(hint(2322, message).is_some_and(|hint| hint.contains("new Array<number>(n)")));
        let gone = "Property 'fromAsync' does not exist on type 'ArrayConstructor'.";
        assert!(hint(2550, gone).is_some());
    }
}
