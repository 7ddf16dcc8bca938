/**
 * Reading and writing weights: safetensors files, whole or in shards, validated before use and replaced atomically, and
 * the tables by which the names of one layout become those of another.
 */
package org.openmoshi.models.checkpoint;
