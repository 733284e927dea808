//! Opening a connection: start-up message, authentication, cancellation.

use std::io;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::{
    authentication::{
        md5_hash,
        sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256},
    },
    message::{
        backend::{AuthenticationSaslBody, Message},
        frontend,
    },
};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

use super::{
    connection::{Connection, Link},
    error::{Refusal, SqlFields},
    limits,
    target::Target,
};

/// What a [`cancel`] needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct CancelKey {
    process: i32,
    secret: i32,
}

/// Opens a connection.
pub(super) async fn connect(target: &Target) -> Result<Connection, Refusal> {
    match timeout(limits::CONNECT, open(target)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Refusal::Unreachable(
            "the database did not answer in time".to_owned(),
        )),
    }
}

async fn open(target: &Target) -> Result<Connection, Refusal> {
    let lost = |error| Refusal::unreachable(&error);
    let stream = dial(target).await.map_err(lost)?;
    let mut link = Link::new(stream);
    let mut parameters = vec![
        ("user", target.user.as_str()),
        ("database", target.database.as_str()),
        ("client_encoding", "UTF8"),
        (
            "application_name",
            target.application.as_deref().unwrap_or("itemsmith gateway"),
        ),
    ];
    parameters.extend(
        target
            .options
            .as_deref()
            .map(|options| ("options", options)),
    );
    link.write(|out| frontend::startup_message(parameters, out))
        .await
        .map_err(lost)?;
    let mut scram = None;
    let mut cancel = None;
    loop {
        match link.read().await.map_err(lost)? {
            Message::AuthenticationOk
            | Message::ParameterStatus(_)
            | Message::NoticeResponse(_) => {}
            Message::AuthenticationCleartextPassword => {
                let password = password(target)?;
                link.write(|out| frontend::password_message(password, out))
                    .await
                    .map_err(lost)?;
            }
            Message::AuthenticationMd5Password(body) => {
                let hash = md5_hash(target.user.as_bytes(), password(target)?, body.salt());
                let message = |out: &mut BytesMut| frontend::password_message(hash.as_bytes(), out);
                link.write(message).await.map_err(lost)?;
            }
            Message::AuthenticationSasl(body) => {
                offered(&body)?;
                let first = ScramSha256::new(password(target)?, ChannelBinding::unsupported());
                let data = first.message();
                link.write(|out| frontend::sasl_initial_response(SCRAM_SHA_256, data, out))
                    .await
                    .map_err(lost)?;
                scram = Some(first);
            }
            Message::AuthenticationSaslContinue(body) => {
                let scram = scram.as_mut().ok_or_else(unexpected)?;
                scram.update(body.data()).map_err(lost)?;
                let data = scram.message();
                link.write(|out| frontend::sasl_response(data, out))
                    .await
                    .map_err(lost)?;
            }
            Message::AuthenticationSaslFinal(body) => {
                scram
                    .as_mut()
                    .ok_or_else(unexpected)?
                    .finish(body.data())
                    .map_err(lost)?;
            }
            Message::BackendKeyData(body) => {
                cancel = Some(CancelKey {
                    process: body.process_id(),
                    secret: body.secret_key(),
                });
            }
            Message::ReadyForQuery(_) => return Ok(Connection::new(link, cancel)),
            Message::ErrorResponse(body) => {
                return Err(Refusal::Sql(Box::new(
                    SqlFields::read(&body).map_err(lost)?,
                )));
            }
            _ => return Err(unexpected()),
        }
    }
}

async fn dial(target: &Target) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((target.host.trim_matches(['[', ']']), target.port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn password(target: &Target) -> Result<&[u8], Refusal> {
    target.password.as_deref().ok_or_else(|| {
        Refusal::Sql(Box::new(SqlFields {
            message: "the connection string has no password, but the database asks for one".into(),
            code: Some("28P01".into()),
            severity: Some("FATAL".into()),
            ..SqlFields::default()
        }))
    })
}

fn offered(body: &AuthenticationSaslBody) -> Result<(), Refusal> {
    let mut mechanisms = body.mechanisms();
    while let Some(mechanism) = mechanisms.next().map_err(|e| Refusal::unreachable(&e))? {
        if mechanism == SCRAM_SHA_256 {
            return Ok(());
        }
    }
    Err(Refusal::Unreachable(
        "the database offers no way to authenticate that we know".into(),
    ))
}

fn unexpected() -> Refusal {
    Refusal::Unreachable("the database sent a message out of turn".to_owned())
}

/// Asks Postgres to stop what a connection is doing; whether it does is never known.
pub(super) async fn cancel(target: &Target, key: CancelKey) -> io::Result<()> {
    let mut stream = dial(target).await?;
    let mut out = BytesMut::new();
    frontend::cancel_request(key.process, key.secret, &mut out);
    stream.write_all(&out).await?;
    stream.shutdown().await
}
