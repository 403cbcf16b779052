/**
 * The configuration of a channel, and its updates: what an update makes of a configuration, who may
 * make it, and whether a configuration that is about to be ordered is what its update says.
 */
package dev.lockstep.fabric.config;
