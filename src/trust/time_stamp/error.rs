//! Why a time stamp is not accepted.

/// Why there is no stamp to speak of. Each message continues where a sentence names the file.
#[derive(Debug, thiserror::Error)]
pub enum TimeStampError {
    /// Larger than any real answer.
    #[error("it is longer than any time-stamp token (1 MiB)")]
    TooLong,
    /// The bytes are not what RFC 3161 describes.
    #[error("it is not a time-stamp token")]
    NoToken(#[from] der::Error),
    /// The bytes can be read, yet break a rule of RFC 3161 or RFC 5652.
    #[error("it is not a time-stamp token: {0}")]
    Broken(&'static str),
    /// The authority answered, but without a stamp.
    #[error("the authority refused: {0}")]
    Refused(String),
    /// The imprint differs from the hash of the data.
    #[error("the token is not for this signature")]
    OtherData,
    /// An algorithm that is too weak or unknown.
    #[error("it uses {0}, which is not accepted")]
    Algorithm(String),
    /// Neither the token nor the user supplies the certificate of the signer.
    #[error("the certificate that signed it is missing")]
    NoCertificate,
    /// RFC 3161 section 2.3: the purpose must be time stamping, nothing else, and marked critical.
    #[error("the certificate that signed it is not restricted to time stamping")]
    Purpose,
    /// The signature or the digest that it covers is wrong.
    #[error("its signature does not hold")]
    Signature,
    /// A block of the user's file of authorities; counted from one.
    #[error("certificate {0} in it cannot be read")]
    Certificate(usize),
    /// No block at all in the user's file of authorities.
    #[error("it holds no certificate")]
    NoAuthority,
}
