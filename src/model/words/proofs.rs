//! What is seen of proofs that a file was logged.

use super::facts;

facts! {
    /// What is seen of proofs that a file was logged.
    ProofFact, place, name;
    /// A proof cannot be read. What kind it seems to be.
    Unreadable { kind: String } = SealUnreadable,
        "A proof cannot be read",
        format!("{} has the form of a {kind}, but a part of it is missing or damaged.", place.path);
    /// The proof does not lead from the file to its root.
    NotLogged { subject: String } = ProofFails,
        format!("{subject} is not what was logged"),
        format!("{} does not lead from {subject} to the root that it states.", place.path);
    /// The file that the proof is about is not here.
    WithoutFile { searched_all: bool } = ProofWithoutFile,
        "A proof without its file",
        format!("{} proves that something was logged, but it is not among what was opened.{}", place.path,
            if searched_all { "" } else { " Not all files were tried, because there are too many." });
    /// The file was logged, and its signer's certificate is not judged.
    SignerNotJudged = UnknownKey,
        format!("The signer in {name} is not judged"),
        "The log shows that the file was logged. Who signed it is stated in a certificate, which is not judged here.";
    /// A trusted key's signature does not fit the root.
    RootForged { cause: String } = SealForged, format!("The root in {name} is forged or damaged"), format!("{cause}.");
    /// The tree head is not what the log's key signed.
    TreeHeadForged { key: String } = SealForged, format!("The root in {name} is forged or damaged"), format!("The tree head is not what {key} signed.");
    /// The signature that was logged does not fit the file.
    OwnSignatureFails = SealForged,
        format!("The signature in {name} fails"),
        "The signature in it does not fit the file under its own certificate's key, or is not the one that was logged.";
    /// The signature that was logged is of a kind that cannot be verified here.
    OwnSignatureNotChecked = UnknownKey,
        format!("The signature in {name} was not checked"),
        "Keys of its kind cannot be verified here.";
    /// The leaf is not signed by the key that it names.
    LeafForged { key: String } = SealForged, format!("The signature in {name} fails"), format!("The leaf's signature is not one by {key}.");
    /// The file was logged, and who submitted it is not known.
    SubmitterUnknown = UnknownKey,
        format!("The submitter in {name} is unknown"),
        "The log shows that the file was logged, but you do not trust the key of its submitter.";
}
