//! Frames of TypeScript 7's own IPC: `[0x93, type, method, payload]` in MessagePack, the two
//! last as binaries, the payload in JSON.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// A request, from us.
pub const REQUEST: u8 = 1;
/// The answer to a callback, from us.
pub const CALLBACK_ANSWER: u8 = 2;
/// The answer to a request, from the compiler.
pub const RESPONSE: u8 = 4;
/// A refusal of a request, from the compiler.
pub const ERROR: u8 = 5;
/// The compiler asks for a file or a folder.
pub const CALLBACK: u8 = 6;

/// No frame is larger: ten thousand diagnostics of 1 KiB each are 10 MiB, and a source that gets
/// there hits a limit first.
pub const MAX_PAYLOAD: usize = 64 << 20;

const ARRAY_OF_3: u8 = 0x93;
const UINT8: u8 = 0xcc;
const BIN8: u8 = 0xc4;
const BIN16: u8 = 0xc5;
const BIN32: u8 = 0xc6;

/// One frame from the compiler.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    /// [`RESPONSE`], [`ERROR`] or [`CALLBACK`].
    pub kind: u8,
    /// The method that it answers or calls.
    pub method: Vec<u8>,
    /// JSON; empty for no value.
    pub payload: Vec<u8>,
}

/// Appends a frame to `out`.
pub fn encode(out: &mut Vec<u8>, kind: u8, method: &[u8], payload: &[u8]) {
    out.extend_from_slice(&[ARRAY_OF_3, kind]);
    binary(out, method);
    binary(out, payload);
}

fn binary(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = bytes.len();
    if let Ok(short) = u8::try_from(length) {
        out.extend_from_slice(&[BIN8, short]);
    } else if let Ok(medium) = u16::try_from(length) {
        out.push(BIN16);
        out.extend_from_slice(&medium.to_be_bytes());
    } else {
        out.push(BIN32);
        // Sources are limited to 64 KiB and packs to a few hundred, so this never saturates.
        out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
    out.extend_from_slice(bytes);
}

/// Reads one frame.
///
/// # Errors
/// `UnexpectedEof` when the process is gone, `InvalidData` when this is not the protocol.
pub async fn read(input: &mut (impl AsyncRead + Unpin)) -> io::Result<Frame> {
    if input.read_u8().await? != ARRAY_OF_3 {
        return Err(invalid("a frame does not start with an array of three"));
    }
    let kind = match input.read_u8().await? {
        UINT8 => input.read_u8().await?,
        small if small < 0x80 => small,
        _ => return Err(invalid("a frame's type is not a small number")),
    };
    let method = read_binary(input).await?;
    let payload = read_binary(input).await?;
    Ok(Frame {
        kind,
        method,
        payload,
    })
}

async fn read_binary(input: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let length = match input.read_u8().await? {
        BIN8 => usize::from(input.read_u8().await?),
        BIN16 => usize::from(input.read_u16().await?),
        BIN32 => usize::try_from(input.read_u32().await?).unwrap_or(usize::MAX),
        _ => return Err(invalid("a frame's field is not binary")),
    };
    if length > MAX_PAYLOAD {
        return Err(invalid("a frame is larger than 64 MiB"));
    }
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes).await?;
    Ok(bytes)
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::{CALLBACK, Frame, encode, read};

    #[tokio::test]
    async fn frames_of_every_width_come_back_as_they_were() {
        for length in [0, 1, 255, 256, 65_535, 65_536, 200_000] {
            let mut bytes = Vec::new();
            let payload = vec![7; length];
            encode(&mut bytes, CALLBACK, b"readFile", &payload);
            let frame = read(&mut bytes.as_slice()).await.expect("a whole frame");
            assert_eq!(
                frame,
                Frame {
                    kind: CALLBACK,
                    method: b"readFile".to_vec(),
                    payload
                }
            );
        }
    }

    #[tokio::test]
    async fn cut_and_foreign_bytes_are_refused() {
        let mut bytes = Vec::new();
        encode(&mut bytes, CALLBACK, b"readFile", b"\"/v/a.ts\"");
        for cut in 0..bytes.len() {
            let error = read(&mut &bytes[..cut]).await.expect_err("a cut frame");
            assert_eq!(
                error.kind(),
                std::io::ErrorKind::UnexpectedEof,
                "cut at {cut}"
            );
        }
        for foreign in [
            &b"HTTP/1.1"[..],
            b"\x93\xff",
            b"\x93\x04\x01",
            b"\x93\x04\xc6\xff\xff\xff\xff",
        ] {
            let error = read(&mut &foreign[..]).await.expect_err("not a frame");
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{foreign:?}");
        }
    }
}
