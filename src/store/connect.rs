//! From a URL to a client, with the credentials of the environment.

use crate::error::{Error, Result};
use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use std::sync::{Arc, Once};
use std::time::Duration;

/// How long a request is tried again, in seconds, if the environment does not say otherwise.
const RETRY_SECONDS: u64 = 180;
/// What says otherwise.
const RETRY_VARIABLE: &str = "PREBAKE_RETRY_SECONDS";
/// What names a server that speaks S3, in the order in which they count.
const ENDPOINTS: [&str; 3] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"];

/// The client for `url`, and the key that all others start with.
///
/// # Errors
/// If there is no such kind of store, or what the environment says of it does not fit.
pub(super) fn connect(url: &str) -> Result<(Arc<dyn ObjectStore>, Path)> {
    static TLS: Once = Once::new();
    // Fails only where it was done before.
    TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let wrong = |problem: String| Error::Usage(format!("{url}: {problem}"));
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err(wrong("names no bucket (as in s3://bucket/folder)".into()));
    }
    // What a browser shows is percent-encoded; keys of buckets are as they are.
    let parsed = if scheme.starts_with("http") { Path::from_url_path(key) } else { Path::parse(key) };
    let prefix = parsed.map_err(|error| wrong(format!("cannot be a key: {error}")))?;
    let retry = retry()?;
    let store: std::result::Result<Arc<dyn ObjectStore>, object_store::Error> = match scheme {
        "s3" | "s3a" => {
            let plain = ENDPOINTS.iter().find_map(|name| std::env::var(name).ok()).is_some_and(|url| url.starts_with("http://"));
            let builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry);
            // The server refuses what did not arrive as it was sent.
            let builder = builder.with_checksum_algorithm(Checksum::SHA256);
            if plain { builder.with_allow_http(true) } else { builder }.build().map(|store| Arc::new(store) as _)
        }
        "gs" => {
            let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retry);
            builder.build().map(|store| Arc::new(store) as _)
        }
        "az" | "abfs" | "abfss" => {
            let builder = MicrosoftAzureBuilder::from_env().with_url(url).with_retry(retry);
            builder.build().map(|store| Arc::new(store) as _)
        }
        "http" | "https" => {
            let options = ClientOptions::new().with_allow_http(scheme == "http");
            let builder = HttpBuilder::new().with_url(format!("{scheme}://{bucket}")).with_client_options(options);
            builder.with_retry(retry).build().map(|store| Arc::new(store) as _)
        }
        other => return Err(wrong(format!("no store is called `{other}` (there are s3, gs, az, http, https and file)"))),
    };
    store.map(|store| (store, prefix)).map_err(|error| wrong(super::words::reason(&error)))
}

fn retry() -> Result<RetryConfig> {
    let seconds = match std::env::var(RETRY_VARIABLE) {
        Ok(text) => text.parse().map_err(|_| Error::Usage(format!("{RETRY_VARIABLE}: expected whole seconds, not `{text}`")))?,
        Err(_) => RETRY_SECONDS,
    };
    // The time is the limit; the waits between grow to 15 seconds.
    Ok(RetryConfig { max_retries: 100, retry_timeout: Duration::from_secs(seconds), ..RetryConfig::default() })
}
