// Faces of a scene.
layout(location = 0) in vec3 place;
layout(location = 1) in vec4 tint;
layout(location = 2) in vec3 normal;

uniform mat4 matrix;
// Places are told from here; matrix and plane are, too.
uniform vec3 origin;
uniform vec4 plane;
uniform vec4 away_row;
// Makes lengths such as the shaders' numbers hold the squares of.
uniform float unit;

out vec4 colour;
out vec3 world;
out vec3 upright;
out float away;

void main() {
    vec4 here = vec4(place - origin, 1.0);
    gl_Position = matrix * here;
    gl_ClipDistance[0] = dot(plane, here);
    colour = tint;
    world = here.xyz * unit;
    upright = normal;
    away = dot(away_row, here);
}
