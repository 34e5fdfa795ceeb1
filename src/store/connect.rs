//! From a URL to a client, with the credentials of the environment.

use crate::error::{Error, Result};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, Checksum};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{ClientConfigKey, ClientOptions, ObjectStore, RetryConfig};
use std::sync::{Arc, Once};
use std::time::Duration;
use url::Url;

/// How long a request may take, if the environment does not say otherwise (`AWS_TIMEOUT` and the like): one that sends 64 MiB beside others, over a slow line.
const REQUEST_TIME: &str = "120 seconds";
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
    let named = bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:@[]".contains(&byte));
    if !named {
        return Err(wrong(format!("`{}` is no name of a bucket or a server", bucket.escape_debug())));
    }
    // What a browser shows is percent-encoded; keys of buckets are as they are.
    let parsed = if scheme.starts_with("http") { Path::from_url_path(key) } else { Path::parse(key) };
    let prefix = parsed.map_err(|error| wrong(format!("cannot be a key: {error}")))?;
    let retry = retry()?;
    let store: std::result::Result<Arc<dyn ObjectStore>, object_store::Error> = match scheme {
        "s3" | "s3a" => {
            let plain = endpoint()?.is_some_and(|url| url.scheme() == "http");
            let builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry);
            let builder = builder.with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), waits("AWS_TIMEOUT"));
            // The server refuses what did not arrive as it was sent.
            let builder = builder.with_checksum_algorithm(Checksum::SHA256);
            if plain { builder.with_allow_http(true) } else { builder }.build().map(|store| Arc::new(store) as _)
        }
        "gs" => {
            let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retry);
            let builder = builder.with_config(GoogleConfigKey::Client(ClientConfigKey::Timeout), waits("GOOGLE_TIMEOUT"));
            builder.build().map(|store| Arc::new(store) as _)
        }
        "az" | "abfs" | "abfss" => {
            let builder = MicrosoftAzureBuilder::from_env().with_url(url).with_retry(retry);
            let builder = builder.with_config(AzureConfigKey::Client(ClientConfigKey::Timeout), waits("AZURE_TIMEOUT"));
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

/// How long a request may take: what `variable` says, if it does.
fn waits(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| REQUEST_TIME.into())
}

/// The server that speaks S3, if the environment names one.
fn endpoint() -> Result<Option<Url>> {
    let Some((name, text)) = ENDPOINTS.iter().find_map(|name| Some((name, std::env::var(name).ok()?))) else { return Ok(None) };
    match Url::parse(&text) {
        Ok(url) if url.host().is_some() && matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
        _ => Err(Error::Usage(format!("{name}: `{}` is no URL of a server (as in https://host:9000)", text.escape_debug()))),
    }
}

fn retry() -> Result<RetryConfig> {
    let seconds = match std::env::var(RETRY_VARIABLE) {
        Ok(text) => text.parse().map_err(|_| Error::Usage(format!("{RETRY_VARIABLE}: expected whole seconds, not `{text}`")))?,
        Err(_) => RETRY_SECONDS,
    };
    // The time is the limit; the waits between grow to 15 seconds.
    Ok(RetryConfig { max_retries: 100, retry_timeout: Duration::from_secs(seconds), ..RetryConfig::default() })
}
