/**
 * Golden cases: vectors that other implementations computed and that this one must reproduce. A case is a folder of
 * {@code config.json} and safetensors files; a {@link org.openmoshi.models.golden.GoldenCase} knows one kind of them.
 */
package org.openmoshi.models.golden;
