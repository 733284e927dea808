//! Steps that run another function.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Ask, Step};
use crate::duration::time_string;
use crate::failure::StepError;
use crate::op::OpCode;

/// A function with the types of what it takes and gives, for [`Step::invoke_ref`]. Declared once
/// beside the function, it keeps both sides agreeing.
pub struct FunctionRef<I, O> {
    app: &'static str,
    id: &'static str,
    types: PhantomData<fn(I) -> O>,
}

impl<I, O> FunctionRef<I, O> {
    /// The function of an app, by its id without the app's prefix.
    pub const fn new(app: &'static str, id: &'static str) -> Self {
        Self {
            app,
            id,
            types: PhantomData,
        }
    }
}

impl<I, O> fmt::Display for FunctionRef<I, O> {
    /// The id under which servers know it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.app, self.id)
    }
}

impl Step {
    /// Runs another function (`<app>-<function>`) with `data` and waits for its result, for at
    /// most `timeout` (the server's longest if `None`).
    ///
    /// # Errors
    /// That function failed for good, does not exist, or took too long.
    pub fn invoke<'a, T: DeserializeOwned>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        function: &str,
        data: impl Serialize,
        timeout: Option<Duration>,
    ) -> impl Future<Output = Result<T, StepError>> {
        let id = id.into();
        let data = self.argument(&id, data);
        self.call_function(id, function.to_owned(), data, timeout)
    }

    /// [`Step::invoke`] of a function whose types are known.
    ///
    /// # Errors
    /// That function failed for good, does not exist, or took too long.
    pub fn invoke_ref<'a, N, I, O>(
        &'a self,
        id: N,
        function: &FunctionRef<I, O>,
        data: &I,
        timeout: Option<Duration>,
    ) -> impl Future<Output = Result<O, StepError>> + use<'a, N, I, O>
    where
        N: Into<Cow<'a, str>>,
        I: Serialize,
        O: DeserializeOwned,
    {
        let id = id.into();
        let data = self.argument(&id, data);
        self.call_function(id, function.to_string(), data, timeout)
    }

    fn call_function<'a, T: DeserializeOwned>(
        &'a self,
        id: Cow<'a, str>,
        function: String,
        data: Value,
        timeout: Option<Duration>,
    ) -> impl Future<Output = Result<T, StepError>> + use<'a, T> {
        let mut opts = json!({ "function_id": function, "payload": { "data": data } });
        if let Some(timeout) = timeout {
            opts["timeout"] = time_string(timeout).into();
        }
        let ticket = self.name(id, Ask::new(OpCode::InvokeFunction).with(opts));
        async move { self.recall(ticket).await }
    }
}
