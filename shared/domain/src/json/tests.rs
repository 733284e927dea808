use super::{Json, JsonErrorKind as Kind, MAX_DEPTH, encoded_bytes, parse};

fn read(text: &str) -> Json {
    parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn every_fault_names_its_kind_and_place() {
    let cases: &[(&[u8], Kind, &str, usize)] = &[
        (b"", Kind::Empty, "", 0),
        (b" \n", Kind::Empty, "", 2),
        (b"\xef\xbb\xbf{}", Kind::ByteOrderMark, "", 0),
        (b"{} x", Kind::TrailingBytes, "", 3),
        (b"{}{}", Kind::TrailingBytes, "", 2),
        (b"nul", Kind::UnexpectedEnd, "", 0),
        (b"nulL", Kind::Unexpected('n'), "", 0),
        (b"{\"a\":[1,2", Kind::UnexpectedEnd, "/a", 9),
        (b"{\"a\":[1,}", Kind::Unexpected('}'), "/a/1", 8),
        (b"[1,]", Kind::Unexpected(']'), "/1", 3),
        (b"{\"a\":1,}", Kind::Unexpected('}'), "", 7),
        (b"{'a':1}", Kind::Unexpected('\''), "", 1),
        (b"[1 2]", Kind::Unexpected('2'), "", 3),
        (b"{\"a\" 1}", Kind::Unexpected('1'), "", 5),
        (b"/* */1", Kind::Unexpected('/'), "", 0),
        (b"{\"a\":{\"b\":1,\"b\":2}}", Kind::DuplicateKey, "/a/b", 12),
        (b"{\"a\":1,\"\\u0061\":2}", Kind::DuplicateKey, "/a", 7),
        (b"[NaN]", Kind::NotFinite, "/0", 1),
        (b"[-Infinity]", Kind::NotFinite, "/0", 1),
        (b"[+Infinity]", Kind::NotFinite, "/0", 1),
        (b"[01]", Kind::InvalidNumber, "/0", 3),
        (b"[+1]", Kind::InvalidNumber, "/0", 1),
        (b"[.5]", Kind::InvalidNumber, "/0", 1),
        (b"[1.]", Kind::InvalidNumber, "/0", 3),
        (b"[1e]", Kind::InvalidNumber, "/0", 3),
        (b"[-]", Kind::InvalidNumber, "/0", 2),
        (b"1.", Kind::UnexpectedEnd, "", 2),
        (b"[0x1]", Kind::Unexpected('x'), "", 2),
        (b"[\"\\ud800\"]", Kind::LoneSurrogate, "/0", 2),
        (b"[\"\\udc00\"]", Kind::LoneSurrogate, "/0", 2),
        (b"[\"\\ud800\\u0041\"]", Kind::LoneSurrogate, "/0", 2),
        (b"[\"\\u0000\"]", Kind::Nul, "/0", 2),
        (b"[\"\0\"]", Kind::Nul, "/0", 2),
        (
            b"{\"a~/\\u0001\":[\"\n\"]}",
            Kind::ControlCharacter,
            "/a~0~1\u{1}/0",
            15,
        ),
        (b"[\"\\x\"]", Kind::InvalidEscape, "/0", 2),
        (b"[\"\\u12g4\"]", Kind::InvalidEscape, "/0", 2),
        (b"[\"\\u12", Kind::UnexpectedEnd, "/0", 2),
        (b"{\"a\":[\"\xff\"]}", Kind::InvalidUtf8, "/a/0", 7),
        (b"{\"a\":[\"\xed\xa0\x80\"]}", Kind::InvalidUtf8, "/a/0", 7),
        (b"{}\xff", Kind::InvalidUtf8, "", 2),
        (b"[01,\"\xff\"]", Kind::InvalidNumber, "/0", 3),
    ];
    for (bytes, kind, pointer, offset) in cases {
        let error = parse(bytes).expect_err(&String::from_utf8_lossy(bytes));
        let found = (error.kind, error.pointer.as_str(), error.offset);
        assert_eq!(
            found,
            (*kind, *pointer, *offset),
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn depth_is_limited_before_the_stack_is() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    let error = parse(nested(MAX_DEPTH + 1).as_bytes()).expect_err("too deep");
    assert_eq!(error.kind, Kind::TooDeep);
    assert_eq!(error.pointer, "/0".repeat(MAX_DEPTH));
    assert_eq!(
        parse("[".repeat(100_000).as_bytes())
            .expect_err("deep")
            .kind,
        Kind::TooDeep
    );
    assert_eq!(
        parse("{\"a\":".repeat(100_000).as_bytes())
            .expect_err("deep")
            .kind,
        Kind::TooDeep
    );
}

#[test]
fn pretty_is_what_json_stringify_writes_with_numbers_as_they_were() {
    let text = "{\"b\" : [1.50, -0,1e400 , [ ],{}], \"a\":{\"x\":null,\"y\":[true]},\n\"2\":\"\\u00e9\\/\\ud83d\\ude00\\u2028\\u0007\\u007f\"}";
    let pretty = "{\n  \"b\": [\n    1.50,\n    -0,\n    1e400,\n    [],\n    {}\n  ],\n  \"a\": {\n    \"x\": null,\n    \"y\": [\n      true\n    ]\n  },\n  \"2\": \"é/😀\u{2028}\\u0007\u{7f}\"\n}";
    let json = read(text);
    assert_eq!(json.to_pretty(), pretty);
    assert_eq!(read(pretty), json);
    assert_eq!(
        json.to_compact(),
        "{\"b\":[1.50,-0,1e400,[],{}],\"a\":{\"x\":null,\"y\":[true]},\"2\":\"é/😀\u{2028}\\u0007\u{7f}\"}"
    );
}

#[test]
fn the_hash_ignores_key_order_white_space_and_the_way_a_number_is_written() {
    let same = [
        "{\"a\":1.50,\"b\":[10,{\"x\":1,\"y\":2}]}",
        "{ \"b\" : [1e1, {\"y\":2.0,\"x\":10E-1}],\n\"a\":15e-1}",
        "{\"b\":[100e-1,{\"\\u0078\":1,\"y\":2}],\"a\":1.5}",
    ];
    for text in same {
        assert_eq!(
            read(text).canonical_hash(),
            read(same[0]).canonical_hash(),
            "{text}"
        );
    }
    let others = [
        "{\"a\":1.51,\"b\":[10,{\"x\":1,\"y\":2}]}",
        "{\"a\":1.50,\"b\":[{\"x\":1,\"y\":2},10]}",
        "{\"a\":\"1.50\",\"b\":[10,{\"x\":1,\"y\":2}]}",
    ];
    for text in others {
        assert_ne!(
            read(text).canonical_hash(),
            read(same[0]).canonical_hash(),
            "{text}"
        );
    }
}

#[test]
fn numbers_are_normalised_without_losing_anything() {
    let cases = [
        ("0", "0"),
        ("0.000", "0"),
        ("0e99", "0"),
        ("-0", "-0"),
        ("100", "1e2"),
        ("1e2", "1e2"),
        ("0.0120", "12e-3"),
        ("9007199254740993", "9007199254740993"),
        ("1e400", "1e400"),
        ("10e399", "1e400"),
        ("1e99999999999999999999", "1e99999999999999999999"),
    ];
    for (text, canonical) in cases {
        assert_eq!(read(text).to_canonical(), canonical, "{text}");
    }
}

#[test]
fn a_whole_number_is_one_that_every_reader_holds() {
    let whole = [
        ("3", 3),
        ("3.0", 3),
        ("30e-1", 3),
        ("-0", 0),
        ("9007199254740991", 9_007_199_254_740_991),
    ];
    for (text, value) in whole {
        assert_eq!(read(text).as_integer(), Some(value), "{text}");
    }
    for text in [
        "3.5",
        "9007199254740992",
        "1e400",
        "9007199254740990.0000001",
        "1e-400",
        "\"3\"",
    ] {
        assert_eq!(read(text).as_integer(), None, "{text}");
    }
}

#[test]
fn many_keys_take_no_square_time() {
    let members: Vec<String> = (0..100_000).map(|n| format!("\"k{n}\":{n}")).collect();
    let json = read(&format!("{{{}}}", members.join(",")));
    assert_eq!(json.as_object().map(<[_]>::len), Some(100_000));
}

/// A small generator of our own: the seed that it prints brings a failure back.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % below
    }
}

/// Runs for `ITEMSMITH_FUZZ_SECONDS` (20,000 documents without it) from `ITEMSMITH_FUZZ_SEED`.
#[test]
fn no_bytes_make_it_panic_and_what_it_reads_it_writes_back() {
    const PIECES: [&[u8]; 34] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\\u",
        b"\\ud83d",
        b"\\ude00",
        b"\\u0000",
        b"a",
        b"\"a\":",
        b"\"b\":",
        b"null",
        b"true",
        b"false",
        b"NaN",
        b"-",
        b"+",
        b"0",
        b"12",
        b".",
        b"e",
        b"1e5",
        b" ",
        b"\n",
        b"\0",
        b"\xff",
        b"\xc3\xa9",
        b"\xf0\x9f\x98\x80",
        b"\xef\xbb\xbf",
        b"\xed",
    ];
    let env = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let seed = env("ITEMSMITH_FUZZ_SEED").unwrap_or(0x5eed);
    println!("ITEMSMITH_FUZZ_SEED={seed}");
    let deadline = env("ITEMSMITH_FUZZ_SECONDS")
        .map(|seconds| std::time::Instant::now() + std::time::Duration::from_secs(seconds));
    let mut random = Random(seed);
    let mut round = 0_u64;
    loop {
        let due = deadline.map_or(round < 20_000, |end| std::time::Instant::now() < end);
        if !due {
            break;
        }
        round += 1;
        let mut bytes = Vec::new();
        if random.next(2) == 0 {
            bytes.extend(document(&mut random, 0).into_bytes());
            for _ in 0..random.next(3) {
                let at = random.next(bytes.len());
                bytes[at] = u8::try_from(random.next(256)).unwrap_or(0);
            }
        } else {
            for _ in 0..random.next(40) {
                bytes.extend(PIECES[random.next(PIECES.len())]);
            }
        }
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        match parse(&bytes) {
            Ok(json) => {
                assert_eq!(
                    parse(json.to_pretty().as_bytes()).as_ref(),
                    Ok(&json),
                    "{shown:?}"
                );
                assert_eq!(
                    parse(json.to_compact().as_bytes()).as_ref(),
                    Ok(&json),
                    "{shown:?}"
                );
                let compact = json.to_compact();
                assert_eq!(
                    encoded_bytes(&compact),
                    Json::String(compact).to_compact().len()
                );
                let canonical = json.to_canonical();
                let again = parse(canonical.as_bytes()).map(|json| json.to_canonical());
                assert_eq!(again.as_ref(), Ok(&canonical), "{shown:?}");
                let other: Result<serde_json::Value, _> = serde_json::from_slice(&bytes);
                assert!(
                    other.is_ok() || shown.contains(['e', 'E']),
                    "only we read {shown:?}"
                );
            }
            Err(error) => {
                assert!(error.offset <= bytes.len(), "{shown:?}");
                let _ = crate::item::validate(&Json::String(error.to_string()));
            }
        }
    }
}

fn document(random: &mut Random, depth: usize) -> String {
    let few = |random: &mut Random, depth| -> Vec<String> {
        (0..random.next(4))
            .map(|_| document(random, depth + 1))
            .collect()
    };
    match random.next(if depth > 4 { 4 } else { 6 }) {
        0 => "null".to_owned(),
        1 => [
            "0",
            "-1.50",
            "12e3",
            "1E-7",
            "123456789012345678901234567890",
        ][random.next(5)]
        .to_owned(),
        2 => ["\"\"", "\"\\u00e9\\n\"", "\"é😀\"", "\"\\ud83d\\ude00\""][random.next(4)].to_owned(),
        3 => "true".to_owned(),
        4 => format!("[{}]", few(random, depth).join(" ,")),
        _ => {
            let values = few(random, depth).into_iter().enumerate();
            let members: Vec<String> = values
                .map(|(n, value)| format!("\"k{n}\": {value}"))
                .collect();
            format!("{{{}}}", members.join(",\n"))
        }
    }
}
