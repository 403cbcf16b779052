/**
 * What clusters, replicas and clients are told, as values and as files.
 *
 * <p>{@link dev.lockstep.config.ClusterConfig} is public and the same for everybody; {@link
 * dev.lockstep.config.ReplicaSettings} and {@link dev.lockstep.config.ClientSettings} are each
 * one's own business. All can be made in code, without files, which is how clusters in one process
 * are built. What is wrong is refused with a sentence that names the key, the value and the rule;
 * nothing is rounded or clamped.
 */
package dev.lockstep.config;
