//! The systems that the features need.

#[cfg(all(feature = "blocking", not(target_os = "linux")))]
compile_error!(
    "the features blocking, capi and python of libami need Linux, as they use its eventfd and signal masks; on other systems \
     the feature client works, for programs with tokio: default-features = false, features = [\"client\"]"
);
