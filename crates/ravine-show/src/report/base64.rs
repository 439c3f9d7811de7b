//! Bytes as text, for data in addresses (RFC 4648).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Three bytes become four letters; `=` fills up the last four.
///
/// ```
/// use ravine_show::report::base64::encode;
/// assert_eq!(encode(b""), "");
/// assert_eq!(encode(b"f"), "Zg==");
/// assert_eq!(encode(b"fo"), "Zm8=");
/// assert_eq!(encode(b"foobar"), "Zm9vYmFy");
/// ```
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let [a, b, c] = std::array::from_fn(|i| three.get(i).copied().unwrap_or(0) as u32);
        let word = a << 16 | b << 8 | c;
        for i in 0..4 {
            let letter = ALPHABET[(word >> (18 - 6 * i)) as usize & 63] as char;
            out.push(if i <= three.len() { letter } else { '=' });
        }
    }
    out
}
