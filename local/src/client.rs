//! The HTTP API, as the command line uses it.

use std::path::{Path, PathBuf};

use itemsmith_api::{
    problem::ProblemDocument,
    response::{Accepted, Manifest, TemplateStatus},
};
use itemsmith_domain::Digest;
use serde_json::value::RawValue;

/// Why a call gave nothing usable.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nothing answers there.
    #[error("no answer from {url}: {reason}; start the stack with `cargo itemsmith dev`")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        reason: String,
    },
    /// The service refused.
    #[error("{status} {code}: {text}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The problem's stable code.
        code: String,
        /// What the problem says, its place in the body included.
        text: String,
    },
    /// The answer is not what the API promises.
    #[error("an unexpected answer from {url}: {reason}")]
    Unexpected {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The bytes are not those that the manifest names.
    #[error("{name}: the bytes received do not hash to {expected}")]
    Corrupt {
        /// The artifact.
        name: String,
        /// Its digest.
        expected: Digest,
    },
    /// The item is not JSON.
    #[error("{path} is not JSON: {reason}")]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ClientError {
    /// Whether the same call may succeed a little later: a part of the service is away or busy.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Refused {
                    status: 429 | 502..=504,
                    ..
                }
        )
    }
}

/// What a submission may say besides its item.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Decimal seed.
    pub seed: Option<String>,
    /// Name of the model.
    pub model: Option<String>,
    /// Attempts at most.
    pub max_attempts: Option<u32>,
    /// Whether prompts and responses can be downloaded.
    pub debug_artifacts: bool,
}

/// The API at one address, with one key.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Client {
    /// A client of the API at `base`, an origin without a trailing slash.
    #[must_use]
    pub fn new(base: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            http: reqwest::Client::new(),
            base: base.into(),
            key: key.into(),
        }
    }

    /// The origin.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Submits the item of a file.
    ///
    /// # Errors
    /// When the file is not JSON, or the service is unreachable or refuses.
    pub async fn submit_file(
        &self,
        item: &Path,
        options: &Options,
    ) -> Result<Accepted, ClientError> {
        let text = std::fs::read_to_string(item).map_err(|source| ClientError::File {
            path: item.to_owned(),
            source,
        })?;
        let item = RawValue::from_string(text).map_err(|error| ClientError::NotJson {
            path: item.to_owned(),
            reason: error.to_string(),
        })?;
        self.submit(&item, options).await
    }

    /// Submits an item exactly as it is written.
    ///
    /// # Errors
    /// When the service is unreachable or refuses.
    pub async fn submit(
        &self,
        item: &RawValue,
        options: &Options,
    ) -> Result<Accepted, ClientError> {
        let url = format!("{}/api/templates", self.base);
        let body = body(item, options).map_err(|error| ClientError::Unexpected {
            url: url.clone(),
            reason: error.to_string(),
        })?;
        let request = self
            .http
            .post(&url)
            .header("content-type", "application/json")
            .body(body);
        self.json(request, &url).await
    }

    /// Where a request stands.
    ///
    /// # Errors
    /// When the service is unreachable or refuses.
    pub async fn status(&self, id: &str) -> Result<TemplateStatus, ClientError> {
        let url = format!("{}/api/templates/{id}", self.base);
        self.json(self.http.get(&url), &url).await
    }

    /// The artifacts of a finished request.
    ///
    /// # Errors
    /// When the service is unreachable or refuses.
    pub async fn artifacts(&self, id: &str) -> Result<Manifest, ClientError> {
        let url = format!("{}/api/templates/{id}/artifacts", self.base);
        self.json(self.http.get(&url), &url).await
    }

    /// Downloads every artifact into `folder`, each checked against its digest; gives the paths
    /// with their digests.
    ///
    /// # Errors
    /// When a call fails, bytes are corrupt, or a file cannot be written.
    pub async fn download(
        &self,
        id: &str,
        folder: &Path,
    ) -> Result<Vec<(PathBuf, Digest)>, ClientError> {
        let mut written = Vec::new();
        for artifact in self.artifacts(id).await?.artifacts {
            let url = format!("{}{}", self.base, artifact.link);
            let answer = self.send(self.http.get(&url), &url).await?;
            let bytes = answer
                .bytes()
                .await
                .map_err(|error| unreachable_at(&url, &error))?;
            if Digest::of(&bytes) != artifact.sha256 {
                let (name, expected) = (artifact.name, artifact.sha256);
                return Err(ClientError::Corrupt { name, expected });
            }
            let path = folder.join(&artifact.name);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&path, &bytes))
                .map_err(|source| ClientError::File {
                    path: path.clone(),
                    source,
                })?;
            written.push((path, artifact.sha256));
        }
        Ok(written)
    }

    async fn json<T: serde::de::DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
        url: &str,
    ) -> Result<T, ClientError> {
        let text = self.send(request, url).await?.text().await;
        let text = text.map_err(|error| unreachable_at(url, &error))?;
        serde_json::from_str(&text).map_err(|error| ClientError::Unexpected {
            url: url.to_owned(),
            reason: error.to_string(),
        })
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        url: &str,
    ) -> Result<reqwest::Response, ClientError> {
        let answer = request.bearer_auth(&self.key).send().await;
        let answer = answer.map_err(|error| unreachable_at(url, &error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status().as_u16();
        let said = answer.text().await.unwrap_or_default();
        Err(match serde_json::from_str::<ProblemDocument>(&said) {
            Ok(problem) => {
                let mut text = problem.detail.unwrap_or(problem.title);
                if let Some(pointer) = problem.pointer {
                    text = format!("{text} (at {pointer})");
                }
                ClientError::Refused {
                    status,
                    code: problem.code,
                    text,
                }
            }
            Err(_) => ClientError::Unexpected {
                url: url.to_owned(),
                reason: format!("status {status} without a problem document"),
            },
        })
    }
}

fn body(item: &RawValue, options: &Options) -> serde_json::Result<String> {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        structured_item: &'a RawValue,
        #[serde(skip_serializing_if = "Option::is_none")]
        seed: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        model: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max_attempts: Option<u32>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        debug_artifacts: bool,
    }
    serde_json::to_string(&Body {
        structured_item: item,
        seed: options.seed.as_deref(),
        model: options.model.as_deref(),
        max_attempts: options.max_attempts,
        debug_artifacts: options.debug_artifacts,
    })
}

fn unreachable_at(url: &str, error: &reqwest::Error) -> ClientError {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        reason = inner.to_string();
        cause = inner.source();
    }
    ClientError::Unreachable {
        url: url.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::ClientError;

    #[test]
    fn a_part_that_restarts_is_waited_for_and_a_refusal_is_not() {
        let refused = |status| ClientError::Refused {
            status,
            code: String::new(),
            text: String::new(),
        };
        let passing = [429, 502, 503, 504].map(|status| refused(status).is_passing());
        assert_eq!(passing, [true; 4]);
        let lasting = [401, 404, 422, 500].map(|status| refused(status).is_passing());
        assert_eq!(lasting, [false; 4]);
    }
}
