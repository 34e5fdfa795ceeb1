//! The objects below a URL.

use super::connect::connect;
use super::words::{self, as_io, reason};
use crate::error::{Error, Result};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error as Refused, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::runtime::{Builder, Runtime};

/// Requests of one kind that may be on their way at once.
const TOGETHER: usize = 64;

/// How often an answer that was cut is asked for again, and a write that met another one is sent again.
const ATTEMPTS: u32 = 5;

/// The answer to what `request` asks, asked again where it was cut: the client sends a request again that failed, but does not read
/// every answer again.
async fn again<T, F>(request: impl Fn() -> F) -> std::result::Result<T, Refused>
where
    F: Future<Output = std::result::Result<T, Refused>>,
{
    for _ in 1..ATTEMPTS {
        match request().await {
            Err(error) if was_cut(&error) => {}
            answered => return answered,
        }
    }
    request().await
}

/// Whether an answer was cut, and its request not sent again by the client until its time was over.
fn was_cut(error: &Refused) -> bool {
    matches!(error, Refused::Generic { .. }) && !words::gave_up(error)
}

/// What runs the requests of this process.
fn executor() -> &'static Runtime {
    static EXECUTOR: OnceLock<Runtime> = OnceLock::new();
    EXECUTOR.get_or_init(|| {
        let builder = Builder::new_multi_thread().worker_threads(2).thread_name("requests").enable_all().build();
        builder.expect("invariant: a process may start two threads")
    })
}

/// An object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key, without what all keys start with.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// The mark of its version (ETag).
    pub version: Option<String>,
    /// When it was written, in seconds of the store's clock since 1970.
    pub written: i64,
}

/// The objects below a URL, by the rest of their keys.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub(super) store: Arc<dyn ObjectStore>,
    prefix: Path,
    url: String,
}

impl Bucket {
    /// The objects below `url`; sends nothing yet.
    ///
    /// # Errors
    /// If there is no such kind of store, or what the environment says of it does not fit.
    pub fn open(url: &str) -> Result<Self> {
        let named = url.find("://").map_or(0, |at| at + 3);
        let url = &url[..named + url[named..].trim_end_matches('/').len()];
        let (store, prefix) = connect(url)?;
        Ok(Self { store, prefix, url: url.into() })
    }

    /// Where `path` is, for people.
    pub fn place(&self, path: &str) -> String {
        let way = if path.is_empty() { self.url.clone() } else { format!("{}/{path}", self.url) };
        crate::error::shown(way)
    }

    /// Waits for `request`.
    pub(super) fn wait<T>(request: impl Future<Output = T>) -> T {
        executor().block_on(request)
    }

    /// Runs `request` meanwhile.
    pub(super) fn spawn<T: Send + 'static>(request: impl Future<Output = T> + Send + 'static) -> tokio::task::JoinHandle<T> {
        executor().spawn(request)
    }

    /// The key of `path`.
    pub(super) fn key(&self, path: &str) -> std::result::Result<Path, Refused> {
        let whole = if self.prefix.as_ref().is_empty() { path.to_string() } else { format!("{}/{path}", self.prefix) };
        Ok(Path::parse(whole.trim_end_matches('/'))?)
    }

    pub(super) fn refused(&self, path: &str, action: &str) -> impl Fn(Refused) -> Error {
        let place = self.place(path);
        move |error| Error::Store(format!("{place}: {action}: {}", reason(&error)))
    }

    /// All objects below `path`, by key.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn list(&self, path: &str) -> Result<Vec<Object>> {
        self.list_at_most(path, usize::MAX)
    }

    /// As [`Self::list`], of no more than `most`.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn list_at_most(&self, path: &str, most: usize) -> Result<Vec<Object>> {
        let listed = Self::wait(again(|| async {
            let key = self.key(path)?;
            self.store.list(Some(&key)).take(most).try_collect::<Vec<ObjectMeta>>().await
        }));
        let mut objects: Vec<Object> = match listed {
            Ok(all) => all.into_iter().filter_map(|object| self.object(object)).collect(),
            // A server of files has no such folder.
            Err(Refused::NotFound { source, .. }) if !words::is_of_bucket(source.as_ref()) => Vec::new(),
            Err(error) => return Err(self.refused(path, "cannot list")(error)),
        };
        objects.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(objects)
    }

    fn object(&self, meta: ObjectMeta) -> Option<Object> {
        let whole = meta.location.as_ref();
        let prefix = self.prefix.as_ref();
        let rest = if prefix.is_empty() { whole } else { whole.strip_prefix(prefix)? };
        // The URL may be that of an object.
        let path = if prefix.is_empty() || rest.is_empty() { rest } else { rest.strip_prefix('/')? };
        let written = meta.last_modified.timestamp();
        Some(Object { path: path.into(), bytes: meta.size, version: meta.e_tag, written })
    }

    /// What is known of the object at `path`, if there is one.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn head(&self, path: &str) -> Result<Option<Object>> {
        let found = Self::wait(async { self.store.head(&self.key(path)?).await });
        match found {
            Ok(meta) => Ok(self.object(meta)),
            Err(Refused::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.refused(path, "cannot read")(error)),
        }
    }

    /// The bytes at `path`, or its first `most`; only of this `version`, if one is named.
    ///
    /// # Errors
    /// If it cannot be read, or is another version.
    pub fn read(&self, path: &str, most: u64, version: Option<&str>) -> io::Result<Vec<u8>> {
        Self::wait(self.reading(path, most, version))
    }

    /// As [`Self::read`], as a request.
    pub(super) async fn reading(&self, path: &str, most: u64, version: Option<&str>) -> io::Result<Vec<u8>> {
        let range = (most < u64::MAX).then_some(GetRange::Bounded(0..most));
        let options = GetOptions { range, if_match: version.map(str::to_string), ..GetOptions::default() };
        let read = again(|| self.fetch(path, &options)).await;
        Ok(read.map_err(|error| as_io(&error))?.into())
    }

    async fn fetch(&self, path: &str, options: &GetOptions) -> std::result::Result<Bytes, Refused> {
        self.store.get_opts(&self.key(path)?, options.clone()).await?.bytes().await
    }

    /// The bytes at `path` from `offset` on; only of this `version`, if one is named.
    ///
    /// # Errors
    /// If they cannot be read, or it is another version.
    pub fn read_at(&self, path: &str, offset: u64, buffer: &mut [u8], version: Option<&str>) -> io::Result<()> {
        let range = GetRange::Bounded(offset..offset.saturating_add(buffer.len() as u64));
        let options = GetOptions { range: Some(range), if_match: version.map(str::to_string), ..GetOptions::default() };
        let read = Self::wait(again(|| self.fetch(path, &options)));
        let read = read.map_err(|error| as_io(&error))?;
        if read.len() != buffer.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer.copy_from_slice(&read);
        Ok(())
    }

    /// The object at `path` and its version, if there is one.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn get(&self, path: &str) -> Result<Option<(Vec<u8>, Option<String>)>> {
        let got = Self::wait(again(|| async {
            let got = self.store.get(&self.key(path)?).await?;
            let version = got.meta.e_tag.clone();
            Ok((got.bytes().await?, version))
        }));
        match got {
            Ok((bytes, version)) => Ok(Some((bytes.into(), version))),
            Err(Refused::NotFound { source, .. }) if !words::is_of_bucket(source.as_ref()) => Ok(None),
            Err(error) => Err(self.refused(path, "cannot read")(error)),
        }
    }

    /// What is at each of `paths`, many at once.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn get_all(&self, paths: &[String]) -> Result<Vec<Vec<u8>>> {
        let each = paths.iter().map(|path| async move {
            let read = self.reading(path, u64::MAX, None).await;
            read.map_err(|error| Error::Store(format!("{}: cannot read: {error}", self.place(path))))
        });
        Self::wait(futures_util::stream::iter(each).buffered(TOGETHER).try_collect())
    }

    /// Writes the object at `path`, whatever is there.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn put(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        let put = Self::wait(async { self.store.put(&self.key(path)?, bytes.into()).await });
        put.map(|_| ()).map_err(self.refused(path, "cannot write"))
    }

    /// Writes the object at `path` if there is none, or if it is this `version`; gives its new version, or nothing if it did not. Where
    /// the answer was lost and the request sent again, what is there is ours: so equal bytes count as written.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn put_if(&self, path: &str, bytes: &[u8], version: Option<&str>) -> Result<Option<String>> {
        let mut asked = version;
        for _ in 0..ATTEMPTS {
            let mode = match asked {
                None => PutMode::Create,
                Some(version) => PutMode::Update(UpdateVersion { e_tag: Some(version.into()), version: None }),
            };
            let put = Self::wait(async { self.store.put_opts(&self.key(path)?, bytes.to_vec().into(), mode.into()).await });
            match put {
                Ok(put) => return Ok(Some(put.e_tag.unwrap_or_default())),
                Err(Refused::AlreadyExists { .. } | Refused::Precondition { .. } | Refused::NotFound { .. }) => {}
                Err(error) => return Err(self.refused(path, "cannot write")(error)),
            }
            match (self.get(path)?, version) {
                (Some((there, mark)), _) if there == bytes => return Ok(Some(mark.unwrap_or_default())),
                // Refused, and nothing is there: another's request was on its way, which failed too.
                (None, None) => {}
                // Nobody changed it: some servers (Ceph 16) know their own marks without quotes only.
                (Some((_, mark)), Some(version)) if mark.as_deref() == Some(version) => asked = Some(version.trim_matches('"')),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Removes the objects at `paths`; those that are gone are no error.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn remove(&self, paths: Vec<String>) -> Result<()> {
        let keys: Vec<_> = paths.iter().map(|path| self.key(path)).collect();
        let removed = Self::wait(async {
            let mut removed = self.store.delete_stream(futures_util::stream::iter(keys).boxed());
            while let Some(one) = removed.next().await {
                match one {
                    Ok(_) | Err(Refused::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        });
        removed.map_err(self.refused("", "cannot remove objects"))
    }
}
