//! The stable codes of problems: status, title, cause and fix of each.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $status:literal, $title:literal, $cause:literal, $fix:literal;)+) => {
        /// A stable error code; `/errors/{code}` explains it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, in the order of their status.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// One line for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// Why it happens.
            #[must_use]
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$name => $cause,)+ }
            }

            /// What to do.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)+ }
            }
        }
    };
}

codes! {
    /// The body is not JSON.
    MalformedJson = "malformed_json", 400, "The body is not strict JSON",
        "The body breaks a rule of JSON: a syntax error, a key that occurs twice in one object, NaN or Infinity, half a surrogate pair, U+0000 in a text, a byte order mark, bytes that are not UTF-8, something after the value, or more than 64 levels.",
        "The detail names the fault and the byte, the pointer the place. Write the body with a JSON library instead of by hand.";
    /// A header has a value that cannot be used.
    InvalidHeader = "invalid_header", 400, "A header cannot be used",
        "A header of the request is outside its grammar or its length.",
        "The detail names the header and what it takes.";
    /// No key, or one that is not known.
    Unauthorized = "unauthorized", 401, "A valid API key is required",
        "The Authorization header is missing, is not a bearer token, holds a key that was never issued or was revoked, or holds the development key in production.",
        "Send `Authorization: Bearer <key>` with a key issued for this service.";
    /// The key may not do this.
    Forbidden = "forbidden", 403, "This key may not do that",
        "The API key is valid but lacks the scope that the route needs.",
        "Use a key with that scope.";
    /// Nothing is there.
    NotFound = "not_found", 404, "There is nothing here",
        "The path is unknown, the id is malformed or unknown, or it belongs to another tenant.",
        "Check the id and the path; links in answers are always right.";
    /// The request ended without artifacts.
    NoArtifact = "no_artifact", 404, "This request has no such artifact",
        "The request failed or was cancelled, or it never had an artifact of this name.",
        "Read the request's status for its reason, and its manifest for the names that exist.";
    /// The path does not know the method.
    MethodNotAllowed = "method_not_allowed", 405, "The path does not take this method",
        "The route exists, but not for this method.",
        "The Allow header lists the methods that work.";
    /// The request is still at work.
    NotFinished = "not_finished", 409, "The request is not finished",
        "The artifact will exist when the request has succeeded; it is still queued or running.",
        "Repeat when the status is succeeded.";
    /// The body is longer than any valid one.
    BodyTooLarge = "body_too_large", 413, "The body is too large",
        "The body is longer than 1 MiB.",
        "Send a smaller item; the limit is far above any real one.";
    /// The item would not fit into its event or prompt.
    ItemTooLarge = "item_too_large", 413, "The item is too large",
        "The item fits the body limit, but not the event that carries it twice, or the prompt that shows it to the model.",
        "Send a smaller item; the detail says what it takes and what there is.";
    /// The body is not sent as JSON.
    UnsupportedMediaType = "unsupported_media_type", 415, "The body must be JSON",
        "The Content-Type is not application/json, or the body is compressed.",
        "Send `Content-Type: application/json` and no Content-Encoding.";
    /// The request breaks a rule of its route.
    InvalidRequest = "invalid_request", 422, "The request breaks a rule",
        "The body is JSON, but a field is unknown, missing, of the wrong type or outside its range.",
        "The pointer names the field and the detail its rule.";
    /// The seed is not one.
    InvalidSeed = "invalid_seed", 422, "The seed is not valid",
        "A seed is a JSON string of decimal digits, at most 99999999999999999999. It is never a JSON number, because a number above 2^53 would be changed on its way.",
        "Send it quoted, such as \"42\".";
    /// The item breaks a rule of the envelope.
    InvalidItem = "invalid_item", 422, "The structured item is not acceptable",
        "The item is not an object, its widgets are not a map of widgets with types, or it holds a number that no player could hold.",
        "The pointer names the place and the detail the rule.";
    /// A widget type that does not exist.
    UnknownWidget = "unknown_widget", 422, "The widget type is not known",
        "The item uses a widget type that no player can draw.",
        "Check the spelling; the detail names the type.";
    /// More widget types than are possible today.
    TooManyWidgetTypes = "too_many_widget_types", 422, "Too many widget types in one item",
        "A template may use one widget type today, as often as it needs.",
        "Split the item, or use one type of widget.";
    /// The same key, another body.
    IdempotencyMismatch = "idempotency_mismatch", 422, "The idempotency key was used for another body",
        "A request with this Idempotency-Key was accepted before, with a different body.",
        "Use a new key for a new request; repeat the first body exactly to get the first answer.";
    /// Too many requests.
    RateLimited = "rate_limited", 429, "Too many requests",
        "The key has used its allowance.",
        "Wait as long as Retry-After says.";
    /// A fault of the service.
    Internal = "internal", 500, "The service failed",
        "Something that must not happen did. It was logged.",
        "Repeat once; if it stays, report the x-request-id of the answer.";
    /// The environment is not complete.
    Configuration = "configuration", 500, "The service is not configured",
        "An environment variable is missing or malformed; the detail names each one.",
        "Set it and deploy again; `/health` answers meanwhile.";
    /// What is stored does not match its digest.
    CorruptArtifact = "corrupt_artifact", 502, "The stored artifact is damaged",
        "The stored bytes do not match their digest, so they are not served.",
        "Report it; the artifact can be made again from the request.";
    /// A service behind this one is down.
    Unavailable = "unavailable", 503, "The service is not available right now",
        "The database or another service behind this one does not answer.",
        "Repeat after Retry-After; creating is safe to repeat with an Idempotency-Key.";
}

impl Code {
    /// The code of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}
