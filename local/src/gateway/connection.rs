//! One connection: statements in the extended protocol, everything as text.

use std::io;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::{
    IsNull,
    message::{
        backend::{DataRowBody, Message, RowDescriptionBody},
        frontend::{self, BindError},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    error::{Refusal, SqlFields},
    limits,
    startup::CancelKey,
};

/// Messages over a stream.
pub(super) struct Link {
    stream: TcpStream,
    input: BytesMut,
    output: BytesMut,
}

impl Link {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            input: BytesMut::with_capacity(8192),
            output: BytesMut::new(),
        }
    }

    /// Encodes and sends messages.
    pub(super) async fn write(
        &mut self,
        encode: impl FnOnce(&mut BytesMut) -> io::Result<()>,
    ) -> io::Result<()> {
        self.output.clear();
        encode(&mut self.output)?;
        self.stream.write_all(&self.output).await
    }

    /// Waits for one message.
    pub(super) async fn read(&mut self) -> io::Result<Message> {
        loop {
            if let Some(message) = Message::parse(&mut self.input)? {
                return Ok(message);
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Whether nothing has come that nobody asked for: an idle connection that has something to
    /// say is about to close, or has.
    fn is_quiet(&self) -> bool {
        let mut byte = [0_u8; 1];
        let nothing = |error: io::Error| error.kind() == io::ErrorKind::WouldBlock;
        self.input.is_empty() && self.stream.try_read(&mut byte).is_err_and(nothing)
    }
}

/// A column of an answer, as Postgres describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) type_oid: u32,
    pub(super) table_oid: u32,
    pub(super) column_id: i16,
    pub(super) type_size: i16,
    pub(super) type_modifier: i32,
}

/// What one statement gave.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) fields: Vec<Field>,
    pub(super) rows: Vec<Vec<Option<String>>>,
    /// Such as `INSERT 0 1`; empty for an empty statement.
    pub(super) tag: String,
}

/// An authenticated connection.
pub(super) struct Connection {
    link: Link,
    cancel: Option<CancelKey>,
    /// Whether it stands between statements and outside a transaction.
    idle: bool,
}

impl Connection {
    pub(super) fn new(link: Link, cancel: Option<CancelKey>) -> Self {
        Self {
            link,
            cancel,
            idle: true,
        }
    }

    pub(super) fn cancel_key(&self) -> Option<CancelKey> {
        self.cancel
    }

    /// Whether it can be used again.
    pub(super) fn is_sound(&self) -> bool {
        self.idle && self.link.is_quiet()
    }

    /// Runs one statement; `room` is how many bytes of values may still come.
    pub(super) async fn run(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        room: &mut usize,
    ) -> Result<Outcome, Refusal> {
        if sql.contains('\0') {
            return Err(Refusal::Request(
                "a statement cannot hold the character NUL".to_owned(),
            ));
        }
        if params.len() > usize::from(u16::MAX) {
            return Err(Refusal::Request(
                "a statement takes at most 65535 parameters".to_owned(),
            ));
        }
        self.idle = false;
        let sent = self.link.write(|out| encode(sql, params, out)).await;
        sent.map_err(|error| Refusal::unreachable(&error))?;
        self.collect(room).await
    }

    /// Leaves nothing of one client's session to the next.
    pub(super) async fn reset(&mut self) -> Result<(), Refusal> {
        let mut room = limits::ANSWER_BYTES;
        self.run("DISCARD ALL", &[], &mut room).await.map(drop)
    }

    async fn collect(&mut self, room: &mut usize) -> Result<Outcome, Refusal> {
        let lost = |error| Refusal::unreachable(&error);
        let mut outcome = Outcome::default();
        let mut refused = None;
        loop {
            match self.link.read().await.map_err(lost)? {
                Message::RowDescription(body) => outcome.fields = fields(&body).map_err(lost)?,
                Message::DataRow(body) => {
                    let size = body.buffer().len();
                    // The rest of the answer is not wanted: the connection is given up.
                    *room = room.checked_sub(size).ok_or(Refusal::AnswerTooLarge)?;
                    outcome.rows.push(row(&body).map_err(lost)?);
                }
                Message::CommandComplete(body) => {
                    outcome.tag = body.tag().map_err(lost)?.to_owned();
                }
                Message::ErrorResponse(body) => {
                    refused = Some(Box::new(SqlFields::read(&body).map_err(lost)?));
                }
                Message::CopyInResponse(_) => {
                    let stop = |out: &mut BytesMut| {
                        frontend::copy_fail("COPY is not possible over HTTP", out)?;
                        frontend::sync(out);
                        Ok(())
                    };
                    self.link.write(stop).await.map_err(lost)?;
                }
                Message::CopyOutResponse(_) => {
                    let why = "COPY is not possible over HTTP";
                    return Err(Refusal::Request(why.to_owned()));
                }
                Message::ReadyForQuery(body) => {
                    self.idle = body.status() == b'I';
                    return refused.map_or(Ok(outcome), |fields| Err(Refusal::Sql(fields)));
                }
                // Notices, notifications, changed settings and the steps' acknowledgements.
                _ => {}
            }
        }
    }
}

/// Parse without types, so that Postgres decides by the statement's casts; Bind and results as text.
fn encode(sql: &str, params: &[Option<String>], out: &mut BytesMut) -> io::Result<()> {
    frontend::parse("", sql, [], out)?;
    let value = |param: &Option<String>, out: &mut BytesMut| match param {
        Some(text) => {
            out.extend_from_slice(text.as_bytes());
            Ok(IsNull::No)
        }
        None => Ok(IsNull::Yes),
    };
    frontend::bind("", "", [0], params, value, [0], out).map_err(|error| match error {
        BindError::Conversion(error) => io::Error::other(error),
        BindError::Serialization(error) => error,
    })?;
    frontend::describe(b'P', "", out)?;
    frontend::execute("", 0, out)?;
    frontend::sync(out);
    Ok(())
}

fn fields(body: &RowDescriptionBody) -> io::Result<Vec<Field>> {
    body.fields()
        .map(|field| {
            Ok(Field {
                name: field.name().to_owned(),
                type_oid: field.type_oid(),
                table_oid: field.table_oid(),
                column_id: field.column_id(),
                type_size: field.type_size(),
                type_modifier: field.type_modifier(),
            })
        })
        .collect()
}

fn row(body: &DataRowBody) -> io::Result<Vec<Option<String>>> {
    let buffer = body.buffer();
    body.ranges()
        .map(|range| {
            let Some(range) = range else { return Ok(None) };
            let text = std::str::from_utf8(&buffer[range]).map_err(io::Error::other)?;
            Ok(Some(text.to_owned()))
        })
        .collect()
}
