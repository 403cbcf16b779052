/**
 * Who is who: the keys, certificates and signatures of replicas and clients.
 *
 * <p>A replica has a P-256 key for TLS, with a self-signed certificate that the others know by the
 * digest of its key, and an Ed25519 key that signs what others must be able to check later (ACCEPT,
 * STOPDATA, SYNC, incarnations). A client has one P-256 key, which is its identity: it is in its
 * TLS certificate and signs its requests. Both are attested by the cluster's client authority, the
 * certificate for TLS, and an endorsement that travels with each signed request, so that a replica
 * can check requests of clients that it never met.
 *
 * <p>Nothing here keeps static state or installs a provider for the whole process.
 */
package dev.lockstep.crypto;
