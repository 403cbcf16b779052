package dev.lockstep.fabric.follow;

import com.google.protobuf.ByteString;
import java.security.PublicKey;

/**
 * Who signs the blocks of a node.
 *
 * @param serialized its {@code SerializedIdentity}, which its signatures name
 */
public record NodeIdentity(int node, ByteString serialized, PublicKey key) {}
