//! Bytes as hexadecimal digits: hashes, keys, signatures and fingerprints, as people read them and as files keep them.

/// Two lower-case digits a byte.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The bytes of that many digits of either case; `None` if the text is anything else.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| Some(digit.to_digit(16)? as u8)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_nothing_else_is_taken() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
        assert_eq!((encode(&[0, 0x7f, 0xa5]).as_str(), decode("00 7")), ("007fa5", None));
        assert_eq!(decode("A5"), Some(vec![0xa5]));
        for wrong in ["a", "0g", "+1", "é1", "１２"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
