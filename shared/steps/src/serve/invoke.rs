//! Calls of functions.

use super::{App, Endpoint, Host, respond, url};
use crate::call::{Call, CallError};
use crate::function::FunctionConfig;
use crate::http::{HttpResponse, Method};

impl<A: App, H: Host> Endpoint<'_, A, H> {
    pub(super) async fn invoke(&self) -> HttpResponse {
        let Some(id) = url::query(&self.request.url, "fnId") else {
            return respond::error(400, "Call", "the query names no function (`fnId`)");
        };
        let Some(function) = self.function(&id) else {
            // 500: another version of the app may know it.
            return respond::error(
                500,
                "UnknownFunction",
                "this app has no function of that id",
            );
        };
        let step_id = url::query(&self.request.url, "stepId");
        let mut call = match Call::parse(&self.request.body, step_id.as_deref()) {
            Ok(call) => call,
            Err(error) => return respond::error(400, "Call", &error.to_string()),
        };
        if call.use_api
            && let Err(failure) = self.fetch_state(&mut call).await
        {
            return failure;
        }
        respond::respond(self.call_function(&function, call).await)
    }

    /// The function of that composite id.
    fn function(&self, composite: &str) -> Option<FunctionConfig> {
        let id = composite.strip_prefix(self.app.id())?.strip_prefix('-')?;
        let mut functions = self.app.functions().into_iter();
        functions.find(|function| function.id == id)
    }

    /// Events and memory that were too large to be sent along.
    async fn fetch_state(&self, call: &mut Call) -> Result<(), HttpResponse> {
        let id: String = form_urlencoded::byte_serialize(call.context.run_id.as_bytes()).collect();
        let batch = self.fetch_part(&id, "batch").await?;
        let actions = self.fetch_part(&id, "actions").await?;
        call.complete(&batch, &actions).map_err(|CallError { .. }| {
            respond::error(
                500,
                "RunState",
                "the Inngest server sent run state that is malformed",
            )
        })
    }

    async fn fetch_part(&self, run: &str, part: &str) -> Result<Vec<u8>, HttpResponse> {
        let path = format!("/v0/runs/{run}/{part}");
        let reason = match self.call_api(Method::Get, &path, Vec::new()).await {
            Ok(response) if response.status == 200 => return Ok(response.body),
            Ok(response) => format!("status {}", response.status),
            Err(error) => error.to_string(),
        };
        let message = format!("cannot fetch the run's state ({part}): {reason}");
        Err(respond::error(500, "RunState", &message))
    }
}
