/** The {@code lockstep fabric} command: an ordering service for Hyperledger Fabric. */
package dev.lockstep.cli.fabric;
