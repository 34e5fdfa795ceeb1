//! What a store says, in words for people.

use object_store::Error as Refused;
use std::io;

/// Why a store refused, and what can be done about it.
pub(super) fn reason(error: &Refused) -> String {
    let said = said(error);
    let remedy = match error {
        _ if is_of_bucket(error) => " (make the bucket first, or check its name and the endpoint)",
        Refused::NotFound { .. } => " (was it moved or removed?)",
        Refused::PermissionDenied { .. } | Refused::Unauthenticated { .. } => CREDENTIALS,
        Refused::NotSupported { .. } | Refused::NotImplemented { .. } => " (this store cannot do that; take another)",
        _ => REMEDIES.iter().find(|(word, _)| said.contains(word)).map_or("", |(_, remedy)| remedy),
    };
    said + remedy
}

const CREDENTIALS: &str = " (check the credentials in the environment, and what they allow)";

/// What can be done, by a word of what is said. Where no credentials are set, a machine in the cloud is asked for its role, which no
/// other answers.
const REMEDIES: [(&str, &str); 7] = [
    (
        "/latest/api/token",
        " (no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public bucket)",
    ),
    (
        "/computeMetadata/",
        " (no credentials: set GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT, or GOOGLE_SKIP_SIGNATURE=true for a public bucket)",
    ),
    (
        "/metadata/identity/",
        " (no credentials: set AZURE_STORAGE_ACCOUNT_KEY, or AZURE_SKIP_SIGNATURE=true for a public container)",
    ),
    ("Account must be specified", " (set AZURE_STORAGE_ACCOUNT_NAME)"),
    ("SignatureDoesNotMatch", CREDENTIALS),
    ("InvalidAccessKeyId", CREDENTIALS),
    ("invalid path", " (move or rename it: keys with empty parts, `.`, `..` or control characters cannot be read)"),
];

/// The gist of what the store, or the client, says: code and message where there are some.
fn said(error: &Refused) -> String {
    let all = error.to_string();
    let between = |tag: &str| {
        let (_, rest) = all.split_once(&format!("<{tag}>"))?;
        rest.split_once(&format!("</{tag}>")).map(|(text, _)| text.trim().to_string())
    };
    let text = match (between("Code"), between("Message")) {
        (Some(code), Some(message)) if !message.is_empty() => format!("{code}: {message}"),
        (Some(code), _) => code,
        _ => all,
    };
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::error::shown(text)
}

/// Whether it is the bucket that is missing, and not an object of it.
pub(super) fn is_of_bucket(said: &dyn std::error::Error) -> bool {
    let said = said.to_string();
    ["NoSuchBucket", "ContainerNotFound"].iter().any(|code| said.contains(code))
}

/// Whether a request was sent again until its time was over.
pub(super) fn gave_up(error: &Refused) -> bool {
    error.to_string().contains("retries")
}

/// As an error of the system, for those who read files wherever they are.
pub(super) fn as_io(error: &Refused) -> io::Error {
    let kind = match error {
        Refused::NotFound { .. } => io::ErrorKind::NotFound,
        Refused::PermissionDenied { .. } | Refused::Unauthenticated { .. } => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    match error {
        Refused::Precondition { .. } => io::Error::other("changed since the folder was scanned"),
        // What the system would say of these kinds comes with its own remedy.
        _ => io::Error::new(kind, said(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_credentials_is_told_where_they_are_taken_from() {
        let of = |text: &str| reason(&Refused::Generic { store: "store", source: text.into() });
        for (text, named) in [
            ("PUT http://169.254.169.254/latest/api/token: 403", "AWS_ACCESS_KEY_ID"),
            ("GET http://169.254.169.254/computeMetadata/v1/token: 403", "GOOGLE_APPLICATION_CREDENTIALS"),
            ("GET http://169.254.169.254/metadata/identity/oauth2/token: 403", "AZURE_STORAGE_ACCOUNT_KEY"),
            ("Account must be specified", "AZURE_STORAGE_ACCOUNT_NAME"),
            ("403: <Code>SignatureDoesNotMatch</Code>", "check the credentials"),
        ] {
            assert!(of(text).contains(named), "{}", of(text));
        }
        assert!(!of("a broken pipe").contains('('));
    }
}
